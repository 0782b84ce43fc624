//! A model's card, for people and as JSON.

use nextwell_contract::ModelDetails;
use nextwell_model::families::ModelCard;
use serde_json::{Value, json};

/// The card as JSON.
pub fn to_json(card: &ModelCard, digest: &str) -> Value {
    json!({
        "digest": digest,
        "family": card.family.name(),
        "variant": card.variant,
        "sizes": card.sizes,
        "vocabulary": card.vocabulary,
        "licence": card.family.licence(),
        "embeddings": card.embeddings,
        "labels": card.labels,
        "file": card.report.file,
        "keys_read": card.report.read.len(),
        "keys_ignored": card.report.ignored,
    })
}

/// Prints the card.
pub fn print(card: &ModelCard, digest: &str) {
    let (sizes, vocabulary, licence) = (&card.sizes, &card.vocabulary, card.family.licence());
    println!("family      {} ({})", card.family, card.variant);
    println!("digest      {digest}");
    println!(
        "sizes       {} layers, {} wide, {} heads, {} feed-forward, {} tokens of context",
        sizes.layers, sizes.hidden, sizes.heads, sizes.ffn, sizes.context
    );
    println!("parameters  {}", sizes.parameters);
    println!(
        "vocabulary  {} tokens, {} genes, from {} ({:.12})",
        vocabulary.tokens, vocabulary.genes, vocabulary.source, vocabulary.digest
    );
    let species: Vec<String> =
        vocabulary.species.iter().map(|s| format!("{s:?}").to_ascii_lowercase()).collect();
    println!("species     {}", species.join(", "));
    println!("licence     {}: {}", licence.name, licence.note);
    println!("            {}", licence.source);
    for kind in &card.embeddings {
        println!("embedding   {} [{}]: {}", kind.name, kind.width, kind.what);
    }
    if !card.labels.is_empty() {
        println!("labels      {}", card.labels.join(", "));
    }
    println!("weights     {} keys of {}", card.report.read.len(), card.report.file.display());
    if !card.report.ignored.is_empty() {
        println!("ignored     {}", card.report.ignored.join(", "));
    }
}

/// Prints what a server knows about a version.
pub fn print_details(details: &ModelDetails) {
    let version = &details.version;
    println!("name        {} ({:?})", version.name, version.state);
    println!("digest      {}", version.digest);
    if let Some(card) = &version.card {
        let (sizes, vocabulary) = (&card.sizes, &card.vocabulary);
        println!("family      {} ({})", card.family, card.variant);
        println!(
            "sizes       {} layers, {} wide, {} heads, {} feed-forward, {} tokens of context",
            sizes.layers, sizes.hidden, sizes.heads, sizes.ffn, sizes.context
        );
        println!("parameters  {}", sizes.parameters);
        println!(
            "vocabulary  {} tokens, {} genes, from {} ({:.12})",
            vocabulary.tokens, vocabulary.genes, vocabulary.source, vocabulary.digest
        );
        println!("species     {}", vocabulary.species.join(", "));
        println!("licence     {}: {}", card.licence.name, card.licence.note);
        for kind in &card.embeddings {
            println!("embedding   {} [{}]: {}", kind.name, kind.width, kind.what);
        }
        if !card.labels.is_empty() {
            println!("labels      {}", card.labels.join(", "));
        }
        println!("abilities   {}", card.abilities.join(", "));
        if !card.ignored_keys.is_empty() {
            println!("ignored     {}", card.ignored_keys.join(", "));
        }
    }
    match &version.parity {
        Some(parity) => println!(
            "parity      {:.2e} on {} ({}), alone as among others: {}",
            parity.largest_difference,
            parity.device,
            if parity.holds { "holds" } else { "does NOT hold" },
            if parity.batch_invariant { "yes" } else { "NO" }
        ),
        None => println!("parity      not verified on the server yet"),
    }
    println!("removable   {}", if details.removable { "yes" } else { "no, it is in use" });
}
