//! Two ways to the same thing, taken in turns.

use anyhow::Result;

/// What both ways took, or did in a second, round by round.
pub struct Measured {
    ours: Vec<f64>,
    reference: Vec<f64>,
}

/// Runs A B A B …: whatever else the machine does meets both alike. The first
/// round warms both up and does not count.
pub async fn alternate(
    pairs: usize,
    mut ours: impl AsyncFnMut() -> Result<f64>,
    mut reference: impl AsyncFnMut() -> Result<f64>,
) -> Result<Measured> {
    let mut measured = Measured {
        ours: Vec::with_capacity(pairs),
        reference: Vec::with_capacity(pairs),
    };
    for round in 0..=pairs {
        let (a, b) = (ours().await?, reference().await?);
        if round > 0 {
            measured.ours.push(a);
            measured.reference.push(b);
        }
    }
    Ok(measured)
}

impl Measured {
    /// The middle of ours.
    pub fn ours(&self) -> f64 {
        median(self.ours.clone())
    }

    /// The middle of the reference.
    pub fn reference(&self) -> f64 {
        median(self.reference.clone())
    }

    /// Ours by the reference.
    pub fn ratio(&self) -> f64 {
        self.ours() / self.reference()
    }

    /// The lowest and the highest ratio of one pair, and how many pairs.
    pub fn spread(&self) -> String {
        let ratios = self.ours.iter().zip(&self.reference).map(|(a, b)| a / b);
        let (low, high) = ratios.fold((f64::INFINITY, 0.0_f64), |(low, high), ratio| {
            (low.min(ratio), high.max(ratio))
        });
        format!("{} pairs, {low:.2} to {high:.2}", self.ours.len())
    }

    /// The same measurements of ours, beside another reference.
    pub fn beside(&self, reference: Vec<f64>) -> Self {
        Self {
            ours: self.ours.clone(),
            reference,
        }
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}
