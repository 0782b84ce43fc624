use super::*;
use crate::checkpoint::LoadReport;
use crate::device::Cpu;
use crate::nets::performer::KeyMaximum;
use crate::nets::seeded::seeded;

const SYMBOLS: [&str; 9] =
    ["A1BG", "GATA3", "IL2", "IL2RA", "JAK1", "STAT1", "STAT3", "TP53", "VSIR"];

fn list() -> GeneList {
    GeneList::from_symbols("test", SYMBOLS.map(str::to_owned).to_vec()).unwrap()
}

fn config() -> ScFoundationConfig {
    ScFoundationConfig::with_sizes(SYMBOLS.len(), 5, [8, 2, 2], [6, 2, 2], 4)
}

fn net() -> ScFoundation<Cpu> {
    seeded::<Cpu, _>(config().init(&Default::default()), 3, 0.5, 0.1)
}

fn model(kernels: Kernels) -> Model<Cpu> {
    let loaded = Loaded { config: config(), net: net(), report: LoadReport::default() };
    Model::new(loaded, list(), Device::Cpu, kernels, Default::default()).unwrap()
}

fn encode(options: &EncodeOptions) -> Vec<CellTokens> {
    let genes: Vec<Gene> =
        SYMBOLS.iter().map(|s| Gene { ensembl: None, symbol: s.to_string() }).collect();
    let encoder = model(Kernels::Fused).encoder(&genes, options).unwrap();
    let cells: [&[u32]; 4] = [&[1, 2, 5, 8], &[0], &[0, 1, 2, 3, 4, 5, 6, 7, 8], &[7, 2]];
    let count = |cell: usize, column: u32| ((cell * 7 + column as usize * 5) % 11 + 1) as f32;
    cells
        .iter()
        .enumerate()
        .map(|(i, columns)| {
            let counts: Vec<f32> = columns.iter().map(|&c| count(i, c)).collect();
            encoder.encode(i, columns, &counts, 0.0)
        })
        .collect()
}

fn cells() -> Vec<CellTokens> {
    encode(&EncodeOptions::default())
}

fn largest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_cell_has_the_same_numbers_alone_and_in_company() {
    let all: Vec<u32> = (0..9).collect();
    for kernels in [Kernels::Fused, Kernels::Burn] {
        let model = model(kernels);
        let cells = cells();
        for kind in &model.card().embeddings {
            let together = model.embed(&cells, kind.name).unwrap();
            for (cell, vector) in cells.iter().zip(&together) {
                assert_eq!(vector.len(), kind.width);
                let alone = model.embed(std::slice::from_ref(cell), kind.name).unwrap();
                assert_eq!(alone[0], *vector, "{}", kind.name);
            }
        }
        let (contexts, deep) =
            (model.embed_genes(&cells, &all).unwrap(), model.enhance(&cells).unwrap());
        for (i, cell) in cells.iter().enumerate() {
            let alone = std::slice::from_ref(cell);
            assert_eq!(model.embed_genes(alone, &all).unwrap()[0], contexts[i]);
            assert_eq!(model.enhance(alone).unwrap()[0], deep[i]);
        }
    }
}

#[test]
fn fused_kernels_give_what_burn_gives() {
    let both = [Kernels::Fused, Kernels::Burn].map(model);
    let [fused, burn] = &both;
    let of = |model: &Model<Cpu>| {
        let mut numbers = model.embed(&cells(), "all").unwrap().concat();
        numbers.extend(model.enhance(&cells()).unwrap().concat());
        numbers
    };
    assert!(largest(&of(fused), &of(burn)) < 2e-5);
}

#[test]
fn enhanced_expression_is_that_of_the_net() {
    let (net, cells) = (net(), cells());
    let cell = &cells[0];
    let batch = Batch::new(&[(&cell.ids, &cell.values)], &config(), &Default::default());
    let context = net.decode(net.encode(&batch), &[&cell.ids], KeyMaximum::Batch);
    let expected = flat(net.expression(context.squeeze_dim(0)));
    let found = model(Kernels::Burn).enhance(&cells[..1]).unwrap();
    assert!(largest(&found[0], &expected[..9]) < 1e-6);
}

#[test]
fn a_deeper_target_changes_the_expression_and_only_t_of_the_input() {
    let deeper = encode(&EncodeOptions { target_depth: Some(6.0), ..EncodeOptions::default() });
    for (cell, deep) in cells().iter().zip(&deeper) {
        let t = cell.values.len() - 2;
        assert_eq!((cell.values[t], deep.values[t]), (4.0, 6.0));
        let mut same = deep.clone();
        same.values[t] = 4.0;
        assert_eq!(same, *cell);
    }
    let model = model(Kernels::Fused);
    let (before, after) = (model.enhance(&cells()).unwrap(), model.enhance(&deeper).unwrap());
    assert!(largest(&before[0], &after[0]) > 1e-3);
}

#[test]
fn every_gene_of_the_model_has_a_context_and_no_other_token() {
    let model = model(Kernels::Fused);
    let found = model.embed_genes(&cells()[1..2], &[8, 9, 0, 8, 77]).unwrap().remove(0);
    let there: Vec<bool> = found.iter().map(Option::is_some).collect();
    assert_eq!(there, [true, false, true, true, false]);
    assert_eq!(found[0], found[3]);
    assert_ne!(found[0], found[2]);
    assert_eq!(model.embed_genes(&cells(), &[10]).unwrap(), vec![vec![None]; 4]);
}

#[test]
fn attention_names_the_genes_that_a_cell_expresses() {
    let model = model(Kernels::Fused);
    let cell = &cells()[0];
    let all = model.attention(cell, &cell.ids).unwrap();
    for row in all.between.chunks_exact(cell.ids.len()) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
    // 3 is not expressed; 5 is the third of the cell, and is asked for twice.
    let some = model.attention(cell, &[5, 3, 5, 1]).unwrap();
    assert!(some.received[1].is_nan() && some.between[1].is_nan() && some.between[4].is_nan());
    assert_eq!([some.received[0], some.received[2]], [all.received[2]; 2]);
    assert_eq!(some.between[3], all.between[2 * cell.ids.len()]);
    assert_eq!(some.between[15], all.between[0]);
}

#[test]
fn cells_that_are_none_are_refused_by_their_place() {
    let model = model(Kernels::Fused);
    type Damage = fn(&mut CellTokens);
    let damages: [(Damage, &str); 6] = [
        (|c| c.species = Species::Mouse, "another species"),
        (|c| c.values.truncate(1), "ids with"),
        (|c| c.ids.swap(0, 1), "do not ascend"),
        (|c| *c = CellTokens { ids: vec![1], values: vec![1.0], ..c.clone() }, "no depth tokens"),
        (
            |c| *c = CellTokens { ids: vec![9, 10], values: vec![4.0, 2.0], ..c.clone() },
            "no expressed",
        ),
        (|c| c.values[0] = 102.0, "below 102"),
    ];
    for (damage, part) in damages {
        let mut cells = cells();
        damage(&mut cells[2]);
        for message in [
            model.embed(&cells, "all").unwrap_err().to_string(),
            model.embed_genes(&cells, &[1]).unwrap_err().to_string(),
            model.enhance(&cells).unwrap_err().to_string(),
        ] {
            assert!(message.contains("cell 2") && message.contains(part), "{message}");
        }
    }
}

#[test]
fn what_the_family_does_not_have_is_refused_with_what_it_has() {
    let model = model(Kernels::Fused);
    let message = model.embed(&cells(), "cls").unwrap_err().to_string();
    assert!(message.contains("\"cls\"") && message.contains("mean_genes"), "{message}");
    let genes = [Gene { ensembl: None, symbol: "TP53".into() }];
    for options in [
        EncodeOptions { species: Species::Mouse, ..EncodeOptions::default() },
        EncodeOptions { target_depth: Some(0.0), ..EncodeOptions::default() },
        EncodeOptions { max_len: Some(2), ..EncodeOptions::default() },
    ] {
        assert!(model.encoder(&genes, &options).is_err(), "{options:?}");
    }
}

#[test]
fn the_card_counts_weights_without_the_stored_projections() {
    let weights = net().num_params() - 2 * config().features() * 4;
    let card = model(Kernels::Fused).card().clone();
    assert_eq!(card.sizes.parameters, weights as u64);
    assert_eq!((card.vocabulary.genes, card.vocabulary.tokens), (9, 11));
    assert_eq!(card.embeddings[0].width, 32);
}
