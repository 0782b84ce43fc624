//! One run of the reference perturber, repeated.

use std::collections::BTreeMap;

use nextwell_model::screen::{
    Edit, GeneStates, UnitVector, gene_cosines, hidden_state, mean_cosine,
};
use serde_json::Value;

use crate::set::{Report, Set};

/// Values by part (state, "cell" or "gene") and key.
type Raw = BTreeMap<(String, String), Vec<f64>>;

/// What a run asks for.
struct Plan {
    delete: bool,
    /// A group perturbed together; `None` = every gene of a cell in turn.
    group: Option<Vec<u32>>,
    anchor: Option<u32>,
    hidden: usize,
    emb_layer: String,
    /// States to measure the shift to, start first; empty without states.
    states: Vec<String>,
    with_genes: bool,
}

/// Repeats a run and compares every value; `None` if it asks for something not built.
pub fn compare(set: &Set, run: &Value, report: &mut Report) -> Option<()> {
    let plan = plan(set, &run["args"])?;
    let found = repeat(set, &plan);
    let mut expected = Raw::new();
    for (part, keys) in run["raw"].as_object().unwrap() {
        for (key, values) in keys.as_object().unwrap() {
            let values = values.as_array().unwrap().iter().map(|v| v.as_f64().unwrap());
            expected.insert((part.clone(), key.clone()), values.collect());
        }
    }
    let names = |raw: &Raw| raw.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected), "keys of run {}", run["tag"]);
    for (key, mut values) in found {
        let mut wanted = expected.remove(&key).unwrap();
        assert_eq!(values.len(), wanted.len(), "values of {key:?} in run {}", run["tag"]);
        // The reference lists cells in its own order: compare as multisets.
        values.sort_by(f64::total_cmp);
        wanted.sort_by(f64::total_cmp);
        values.iter().zip(wanted).for_each(|(found, expected)| report.cosine(*found, expected));
    }
    Some(())
}

fn plan(set: &Set, args: &Value) -> Option<Plan> {
    let known = [
        "perturb_type",
        "genes_to_perturb",
        "emb_mode",
        "emb_layer",
        "combos",
        "anchor_gene",
        "cell_states_to_model",
        "state_embs_dict",
    ];
    let args = args.as_object()?;
    if !args.keys().all(|key| known.contains(&key.as_str())) {
        return None;
    }
    let delete = match args["perturb_type"].as_str()? {
        "delete" => true,
        "overexpress" => false,
        _ => return None,
    };
    let token = |id: &Value| set.tokens.get(id.as_str()?).copied();
    let group = match &args["genes_to_perturb"] {
        Value::String(all) if all == "all" => None,
        Value::Array(ids) => Some(ids.iter().map(token).collect::<Option<Vec<u32>>>()?),
        _ => return None,
    };
    let anchor = match args.get("anchor_gene") {
        Some(Value::Null) | None => None,
        Some(id) => Some(token(id)?),
    };
    let mode = args["emb_mode"].as_str()?;
    if mode.starts_with("cls") != set.layout.specials {
        return None;
    }
    let emb_layer = args["emb_layer"].as_i64()?;
    let mut states = Vec::new();
    if let Some(named) = args.get("cell_states_to_model").filter(|v| v.is_object()) {
        states.push(named["start_state"].as_str()?.to_owned());
        states.push(named["goal_state"].as_str()?.to_owned());
        let others = named["alt_states"].as_array().into_iter().flatten();
        states.extend(others.filter_map(|state| state.as_str().map(str::to_owned)));
    }
    let layers = set.encoder.config().num_hidden_layers;
    Some(Plan {
        delete,
        group,
        anchor,
        hidden: hidden_state(emb_layer as i32, layers).ok()?,
        emb_layer: emb_layer.to_string(),
        states,
        with_genes: mode.ends_with("_and_gene"),
    })
}

fn repeat(set: &Set, plan: &Plan) -> Raw {
    let mut raw = Raw::new();
    for (cell, state) in &set.cells {
        if plan.states.first().is_some_and(|start| start != state) {
            continue;
        }
        for (perturbed, key, edit) in edits(set, plan, cell) {
            if plan.states.is_empty() {
                similarity(set, plan, cell, &perturbed, &key, &edit, &mut raw);
            } else {
                shifts(set, plan, cell, &key, &edit, &mut raw);
            }
        }
    }
    raw
}

/// Perturbed genes, the genes that name the result, and the edit.
fn edits(set: &Set, plan: &Plan, cell: &[u32]) -> Vec<(Vec<u32>, Vec<u32>, Edit)> {
    let genes = set.layout.genes(cell);
    let edit = |perturbed: &[u32]| match plan.delete {
        true => set.layout.delete(cell, perturbed),
        false => Some(set.layout.overexpress(cell, perturbed)),
    };
    if let Some(group) = &plan.group {
        return edit(group).map(|e| (group.clone(), group.clone(), e)).into_iter().collect();
    }
    if plan.anchor.is_some_and(|anchor| !genes.contains(&anchor)) {
        return Vec::new();
    }
    // The gene on top is over-expressed already.
    let first = usize::from(!plan.delete && plan.anchor.is_none());
    let each = genes.iter().skip(first).filter(|gene| Some(**gene) != plan.anchor);
    each.filter_map(|&gene| {
        let perturbed: Vec<u32> = plan.anchor.into_iter().chain([gene]).collect();
        edit(&perturbed).map(|e| (perturbed, vec![gene], e))
    })
    .collect()
}

fn similarity(
    set: &Set,
    plan: &Plan,
    cell: &[u32],
    perturbed: &[u32],
    key: &[u32],
    edit: &Edit,
    raw: &mut Raw,
) {
    let original = set.layout.shorten(cell, edit.overflow);
    let states = set.encoder.hidden_at(&[&original, &edit.tokens], plan.hidden).unwrap();
    let genes = |tokens: &[u32], state: &[f32]| {
        let rows = state.chunks_exact(set.encoder.config().hidden_size).map(<[f32]>::to_vec);
        let first = usize::from(set.layout.specials);
        let tokens = set.layout.genes(tokens).to_vec();
        GeneStates { states: rows.skip(first).take(tokens.len()).collect(), tokens }
    };
    let before = genes(&original, &states[0]);
    let cosines = gene_cosines(&before, &genes(&edit.tokens, &states[1]), perturbed).unwrap();
    let effect = if set.layout.specials {
        let width = set.encoder.config().hidden_size;
        let [before, after] =
            [0, 1].map(|i| UnitVector::new(&states[i][..width], "<cls>").unwrap());
        before.cosine(&after)
    } else {
        mean_cosine(&cosines).unwrap()
    };
    push(raw, "cell", key, "\"cell_emb\"", effect);
    if plan.with_genes {
        for (gene, cosine) in cosines {
            push(raw, "gene", key, &gene.to_string(), cosine);
        }
    }
}

fn shifts(set: &Set, plan: &Plan, cell: &[u32], key: &[u32], edit: &Edit, raw: &mut Raw) {
    let original = set.layout.shorten(cell, edit.overflow);
    let pooled =
        set.encoder.pooled(&[&original, &edit.tokens], plan.hidden, set.layout.pooling()).unwrap();
    let before = UnitVector::new(&pooled[0], "the original").unwrap();
    let after = UnitVector::new(&pooled[1], "the edited cell").unwrap();
    for state in &plan.states {
        let goal = set.state(&plan.emb_layer, state);
        push(raw, state, key, "\"cell_emb\"", before.shift(&after, &goal));
    }
}

fn push(raw: &mut Raw, part: &str, key: &[u32], affected: &str, value: f64) {
    let genes: Vec<String> = key.iter().map(u32::to_string).collect();
    let key = format!("[[{}], {affected}]", genes.join(", "));
    raw.entry((part.to_owned(), key)).or_default().push(value);
}
