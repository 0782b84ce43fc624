//! The command on files and the server on its store are one engine.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};

use nextwell_contract::TargetPage;
use nextwell_tests::campaign::{self, CANDIDATES};
use nextwell_tests::lab::Lab;
use nextwell_tests::server::{Site, binary};
use nextwell_tests::{bundled, repository};

type Shifts = BTreeMap<(String, String), f64>;

/// Mean shifts of a table by symbol and perturbation.
fn shifts(table: &str) -> Shifts {
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().expect("a header");
    let column = |name: &str| names.iter().position(|n| *n == name).expect("the column");
    let (symbol, kind, mean) = (column("symbol"), column("perturbation"), column("mean_shift"));
    let shift = |line: Vec<&str>| {
        let key = (line[symbol].to_owned(), line[kind].to_owned());
        Some((key, line[mean].parse().ok()?))
    };
    lines.filter_map(shift).collect()
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    output
}

#[tokio::test]
async fn the_command_gives_the_numbers_of_the_server_and_goes_on_where_it_stopped() {
    let site = Site::new().await;
    let server = site.start();
    let (api, lab) = (server.api(), Lab::real());
    let basis = campaign::prepare(&api).await;
    let begun = campaign::begin(&api, &campaign::describe("offline", &basis, &lab)).await;
    campaign::wait_for_person(&api, begun.id).await;
    let path = format!("/api/campaigns/{}/targets?limit=1000", begun.id);
    let page: TargetPage = api.get(&path).await.json();
    let mut of_server = Shifts::new();
    for row in page.rows {
        for (kind, shift) in
            [("knock_out", row.knock_out_shift), ("over_expression", row.over_expression_shift)]
        {
            of_server.extend(shift.map(|shift| ((row.symbol.clone(), kind.to_owned()), shift)));
        }
    }
    assert!(of_server.len() > CANDIDATES, "only {} scores", of_server.len());

    let folder = tempfile::tempdir().expect("a folder");
    let cells = folder.path().join("cells.h5ad");
    fs::write(&cells, bundled("wu2020_tcells_200.h5ad")).expect("room");
    let genes = folder.path().join("genes.txt");
    fs::write(&genes, lab.candidates(CANDIDATES).join("\n")).expect("room");
    let out = folder.path().join("out.csv");
    let screen = || {
        let mut command = Command::new(binary());
        command.current_dir(repository()).arg("screen");
        command.arg("--cells").arg(&cells).arg("--genes").arg(&genes);
        command.arg("--model").arg(site.model_dir(&basis.model.digest));
        command.args(["--start", "source=Tumor", "--goal", "source=NAT", "--donor", "patient"]);
        command.args(["--max-cells", "4", "--seed", "1", "--min-detections", "1"]);
        command.args(["--perturb", "knock-out,over-expression", "--device", "cpu"]);
        command.arg("-o").arg(&out);
        command
    };
    run(&mut screen());
    let first = fs::read_to_string(&out).expect("the table");
    assert_eq!(shifts(&first), of_server, "to the last bit");

    // As if it had been killed: some blocks are gone, one is cut short.
    let run_dir = fs::read_dir(out.with_extension("run")).expect("a run").flatten();
    let run_dir = run_dir.map(|e| e.path()).find(|p| p.join("run.json").is_file()).expect("a run");
    let mut blocks: Vec<_> =
        fs::read_dir(run_dir.join("shards")).expect("blocks").flatten().map(|e| e.path()).collect();
    blocks.sort();
    assert!(blocks.len() > 3, "{} blocks", blocks.len());
    fs::remove_file(&blocks[0]).expect("a block");
    let cut = fs::read(&blocks[1]).expect("a block");
    fs::write(&blocks[1], &cut[..cut.len() / 2]).expect("a block");
    let kept = fs::metadata(&blocks[2]).and_then(|file| file.modified()).expect("a block");
    let said = run(&mut screen());
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains(&format!("{} of {} blocks", blocks.len() - 2, blocks.len())), "{said}");
    assert_eq!(fs::read_to_string(&out).expect("the table"), first);
    let after = fs::metadata(&blocks[2]).and_then(|file| file.modified()).expect("a block");
    assert_eq!(after, kept, "what was there is not computed again");

    let mut other = screen();
    other.args(["--emb-layer", "-1"]);
    let refused = other.output().expect("the program runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("another directory"), "{said}");
    server.stop();
}
