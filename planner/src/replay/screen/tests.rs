use super::*;

fn read(text: &str, hits: Option<&str>, filter: Option<&str>) -> Result<Screen, ScreenError> {
    let mut table = Table::parse("screen.csv", text.as_bytes())?;
    if let Some(filter) = filter {
        table.keep(filter)?;
    }
    let layout = Layout::of(&table, None, None)?;
    Screen::of(&table, &layout, hits, &|_| None)
}

fn hits(screen: &Screen) -> Vec<String> {
    screen.hits().into_iter().collect()
}

#[test]
fn a_plain_table_a_mageck_summary_and_a_rule_call_their_hits() {
    let plain = "gene,score,hit\nMYB,2.5,1\nGATA3,-1,0\nKLF2,0,0\n";
    assert_eq!(hits(&read(plain, None, None).unwrap()), ["MYB"]);
    assert_eq!(hits(&read(plain, Some("|score|>=1"), None).unwrap()), ["GATA3", "MYB"]);
    assert_eq!(hits(&read(plain, Some("score<=-1"), None).unwrap()), ["GATA3"]);
    let top = read(plain, Some("top40%"), None).unwrap();
    assert_eq!(hits(&top), ["MYB"]);
    assert_eq!(top.rule, "the 40 % farthest from the median");
    let rra = "id\tneg|fdr\tneg|lfc\tpos|fdr\nNon-Targeting\t0.001\t0\t0.9\n\
               MYB\t0.9\t1.5\t0.01\nKLF2\t0.6\t0.1\t0.7\n";
    let rra = read(rra, None, None).unwrap();
    assert_eq!((hits(&rra), rra.genes.len()), (vec!["MYB".to_owned()], 2));
    assert_eq!(rra.genes[0].score, 1.5);
    let mle = "Gene,T|beta,T|z,T|fdr\nMYB,-0.8,-4,0.01\nKLF2,0.1,0.3,0.8\n";
    assert_eq!(hits(&read(mle, None, None).unwrap()), ["MYB"]);
}

#[test]
fn a_name_that_begins_as_a_control_and_is_a_gene_is_a_gene() {
    let text = "gene,score,hit\nNTC_1,9,1\nCTRL,2,1\nMYB,0,0\nKLF2,0,0\n";
    let table = Table::parse("screen.csv", text.as_bytes()).unwrap();
    let layout = Layout::of(&table, None, None).unwrap();
    let gene = |name: &str| (name == "ctrl").then(|| "CTRL".to_owned());
    assert_eq!(hits(&Screen::of(&table, &layout, None, &gene).unwrap()), ["CTRL"]);
}

#[test]
fn several_screens_in_one_file_are_told_apart_by_a_column() {
    let text = "gene,score,screen\nMYB,2,A\nKLF2,0,A\nMYB,-3,B\nKLF2,0,B\n";
    let twice = read(text, None, None).unwrap_err();
    assert_eq!(twice.option(), Some(ScreenOption::Filter));
    assert!(twice.to_string().contains("lines 2 and 4"), "{twice}");
    let one = read(text, Some("|score|>=1"), Some("screen=B")).unwrap();
    assert_eq!(one.genes[0].score, -3.0);
    let none = read(text, None, Some("screen=C")).unwrap_err().to_string();
    assert!(none.contains("screen=C"), "{none}");
}

#[test]
fn what_cannot_be_replayed_is_refused_with_the_place_and_the_option_to_change() {
    let error = |text: &str, hits: Option<&str>| read(text, hits, None).unwrap_err();
    let no_number = error("gene,score\nMYB,n/a\nKLF2,1\n", None);
    assert!(no_number.to_string().contains("line 2"));
    assert_eq!(no_number.option(), None);
    let unnamed = error("gene,value\nMYB,1\n", None);
    assert_eq!(unnamed.option(), Some(ScreenOption::ScoreColumn));
    assert!(unnamed.to_string().contains("gene, value"), "{unnamed}");
    let none = error("gene,score\nMYB,1\nKLF2,2\n", Some("score>=9"));
    assert!(none.to_string().contains("no hit") && none.option() == Some(ScreenOption::Hits));
    let luck = error("gene,score\nMYB,1\nKLF2,2\n", Some("luck"));
    assert!(luck.to_string().contains("top5%"), "{luck}");
    let maybe = error("gene,score,hit\nMYB,1,maybe\nKLF2,2,0\n", None);
    assert!(maybe.to_string().contains("expected 0 or 1"), "{maybe}");
    let bytes = Table::parse("screen.csv", &[0xff, 0xfe, 0x00]).unwrap_err();
    assert!(bytes.to_string().contains("screen.csv is no text"), "{bytes}");
}

#[test]
fn a_few_genes_with_two_lines_get_their_mean_and_the_screen_says_so() {
    let text: String = (0..20).map(|i| format!("G{i},{i},{}\n", i % 2)).collect();
    let screen = read(&format!("gene,score,hit\n{text}G3,5,0\n"), None, None).unwrap();
    assert_eq!((screen.genes.len(), screen.genes[3].score), (20, 4.0));
    assert!(screen.genes[3].hit && screen.notes[0].contains("G3"), "{:?}", screen.notes);
}

#[test]
fn controls_keep_every_label_and_move_them() {
    let text: String = (0..50).map(|i| format!("G{i},{i},{}\n", i % 2)).collect();
    let mut screen = read(&format!("gene,score,hit\n{text}"), None, None).unwrap();
    let before = screen.clone();
    screen.permute(3);
    assert_ne!(screen, before);
    let sorted = |screen: &Screen| {
        let mut all: Vec<f64> = screen.genes.iter().map(|gene| gene.score).collect();
        all.sort_by(f64::total_cmp);
        all
    };
    assert_eq!(sorted(&screen), sorted(&before));
    assert_eq!(screen.hits().len(), before.hits().len());
}

#[test]
fn a_list_leaves_out_genes_under_their_old_and_new_names() {
    let resolve = |name: &str| match name {
        "MLL" | "KMT2A" => Some("KMT2A".to_owned()),
        _ => None,
    };
    let listed = Excluded::Listed(listed("KMT2A,1\n\nMYB\n").into_iter().collect());
    let out = listed.test(&resolve);
    assert!(out("MLL") && out("KMT2A") && out("MYB") && !out("KLF2"));
    assert!(
        Excluded::Essential.test(&resolve)("RPL3") && !Excluded::Nothing.test(&resolve)("RPL3")
    );
}
