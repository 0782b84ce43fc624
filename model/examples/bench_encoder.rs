//! Prints the encoder's speed as JSON: `bench_encoder [tokens] [sequences] [repetitions] [dir]`,
//! with `dir` a checkpoint directory (default: random weights of the V1-10M shape).

use std::error::Error;

use nextwell_model::encoder::bench::{BenchPlan, run};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: usize| match arguments.get(i) {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let plan = BenchPlan {
        tokens: number(0, 2_048)?,
        sequences: number(1, 4)?,
        repetitions: number(2, 3)?,
        checkpoint: arguments.get(3).map(Into::into),
    };
    println!("{}", serde_json::to_string(&run(&plan)?)?);
    Ok(())
}
