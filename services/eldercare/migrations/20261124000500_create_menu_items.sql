-- 服务菜单 (A53, A54). What can be ordered; its prices are rows with the days
-- they hold, and every order keeps the ones it was placed under.
CREATE TABLE menu_items (
    code         text PRIMARY KEY CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{1,31}$'),
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    line         text NOT NULL CHECK (line IN
                 ('DAY_CARE', 'HOUSEKEEPING', 'MEDICAL', 'ERRAND', 'ESCORT', 'MEALS')),
    unit         text NOT NULL CHECK (length(unit) BETWEEN 1 AND 20),
    minutes      bigint NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
    published_at timestamptz NOT NULL
);
REVOKE DELETE ON menu_items FROM sanshe_app;

CREATE TABLE menu_prices (
    id         uuid PRIMARY KEY,
    item_code  text NOT NULL REFERENCES menu_items (code),
    unit_cost  bigint NOT NULL CHECK (unit_cost >= 0),
    low_cap    bigint NOT NULL CHECK (low_cap >= 0),
    copay_cost bigint NOT NULL CHECK (copay_cost >= 0),
    copay_low  bigint NOT NULL CHECK (copay_low >= 0),
    price_paid bigint NOT NULL CHECK (price_paid > 0),
    valid_from date NOT NULL,
    valid_to   date CHECK (valid_to >= valid_from),
    CONSTRAINT price_above_cost CHECK (copay_cost <= unit_cost),
    CONSTRAINT price_above_cap CHECK (copay_low <= low_cap AND copay_low <= unit_cost),
    CONSTRAINT menu_price_overlap EXCLUDE USING gist
        (item_code WITH =, daterange(valid_from, valid_to) WITH &&)
);
REVOKE UPDATE, DELETE ON menu_prices FROM sanshe_app;
GRANT UPDATE (valid_to) ON menu_prices TO sanshe_app;
