//! Processes that end without warning: the story goes on, and what is away
//! takes nothing with it but its own fields.

use std::{sync::Arc, time::Duration};

use sanshe::demo::{seed, story};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{processes::Processes, support::told};

/// A process is killed while each third mutation is on its way.
const EVERY: u32 = 3;

/// What the chain has from the service that is taken away.
const AWAY: [&str; 3] = ["socialWorkers", "volunteers", "volunteerRecords"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_ends_though_every_process_is_killed_on_the_way() {
    let Some(processes) = Processes::start().await else {
        return;
    };
    let processes = Arc::new(processes);
    let mut world = processes.world("kill");
    seed::seed(&mut world).await.unwrap();

    let victims = Arc::clone(&processes);
    let mut world = world.meanwhile(Box::new(move |step| {
        let victims = Arc::clone(&victims);
        Box::pin(async move {
            if step.is_multiple_of(EVERY) {
                // Before it arrives, while it runs, after it was answered.
                let moment = Duration::from_millis(u64::from(step * 7 % 60));
                kit::lifecycle::pause(&CancellationToken::new(), moment).await;
                let number = usize::try_from(step / EVERY)? % victims.count();
                victims.restart(number);
            }
            Ok(())
        })
    }));
    world.begin("killed");
    story::play(&mut world).await.unwrap();
    let kills = processes.kills();
    eprintln!("{} mutations, killed: {kills:?}", world.steps());
    for (name, kills) in kills {
        assert!(kills >= 3, "{name} was killed {kills} times");
    }

    let trace = world.made("need").unwrap()["traceId"].clone();
    let variables = json!({ "trace": trace });
    let whole = chain(&world, &variables).await;
    assert_eq!(whole.1, Vec::<(String, String)>::new());

    processes.take_away("socialwork");
    // Nobody is patient here: this is about the answer while it is away.
    let hasty = world.patient(Duration::ZERO);
    let (mut rest, errors) = chain(&hasty, &variables).await;
    let away = |name: &str| (format!("/linkage/{name}"), "UNAVAILABLE".to_owned());
    let mut expected = AWAY.map(away);
    expected.sort();
    assert_eq!(errors, expected);
    for name in AWAY {
        assert_eq!(rest["linkage"][name], Value::Null);
        rest["linkage"][name] = whole.0["linkage"][name].clone();
    }
    assert_eq!(rest, whole.0, "everything else is intact");

    processes.bring_back("socialwork");
    let patient = hasty.patient(Duration::from_mins(1));
    assert_eq!(chain(&patient, &variables).await, whole);
}

/// The chain as staff see it, and each error as its path and its code.
async fn chain(
    world: &sanshe::demo::world::World,
    variables: &Value,
) -> (Value, Vec<(String, String)>) {
    let answer = world
        .send(Some("staff"), story::rate::LINKAGE, variables.clone())
        .await
        .unwrap();
    let errors = told(&answer);
    (answer.data, errors)
}
