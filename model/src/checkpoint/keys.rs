//! Key maps: from the path of a parameter in a Burn module to its published name.
//!
//! A family writes its map as a list ([`KeyMap`]). `{i}` stands for a layer's number. A line names
//! a module (leaves: `weight` and `gamma` are published as `weight`, `bias` and `beta` as `bias`)
//! or one parameter by its whole path. Linear weights are stored `[out, in]`, Burn's are
//! `[in, out]`.

/// How a module stores its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Linear map: transposed between the two.
    Linear,
    /// Table, norm or plain vector: stored alike.
    Plain,
    /// Third `0`, `1` or `2` (query, key, value) of a fused projection as in torch's
    /// `MultiheadAttention`: `<module>_weight` `[3 out, in]` and `<module>_bias` `[3 out]`.
    InProj(usize),
}

/// Module (or parameter) in Burn, the same as published, and how its numbers are stored.
pub type KeyMap = &'static [(&'static str, &'static str, Kind)];

/// Published name of the parameter at `path`, and how it is stored; `None` if the map does not
/// know it.
pub fn published_name(map: KeyMap, path: &[String]) -> Option<(String, Kind)> {
    let is_number = |s: &&String| s.bytes().all(|b| b.is_ascii_digit());
    let number = path.iter().find(is_number);
    let named = |published: &str| match number {
        Some(i) => published.replace("{i}", i),
        None => published.to_owned(),
    };
    let pattern: Vec<&str> =
        path.iter().map(|s| if is_number(&s) { "{i}" } else { s.as_str() }).collect();
    let line = |burn: &str| map.iter().find(|(path, ..)| *path == burn);
    if let Some((_, published, kind)) = line(&pattern.join(".")) {
        return Some((named(published), *kind));
    }
    let (leaf, modules) = pattern.split_last()?;
    let leaf = match *leaf {
        "weight" | "gamma" => "weight",
        "bias" | "beta" => "bias",
        _ => return None,
    };
    let (_, published, kind) = line(&modules.join("."))?;
    let join = if matches!(kind, Kind::InProj(_)) { '_' } else { '.' };
    Some((format!("{}{join}{leaf}", named(published)), *kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: KeyMap = &[
        ("layers.{i}.norm", "net.layer.{i}.LayerNorm", Kind::Plain),
        ("layers.{i}.attention.key", "net.layer.{i}.attn.in_proj", Kind::InProj(1)),
        ("layers.{i}.projection", "net.layer.{i}.projection_matrix", Kind::Plain),
        ("", "head", Kind::Plain),
    ];

    fn name(path: &str) -> Option<(String, Kind)> {
        let path: Vec<String> = path.split('.').map(Into::into).collect();
        published_name(MAP, &path)
    }

    #[test]
    fn paths_become_published_names() {
        let published = |key: &str, kind| Some((key.to_owned(), kind));
        assert_eq!(
            name("layers.11.norm.gamma"),
            published("net.layer.11.LayerNorm.weight", Kind::Plain)
        );
        assert_eq!(name("bias"), published("head.bias", Kind::Plain));
        assert_eq!(
            name("layers.2.attention.key.weight"),
            published("net.layer.2.attn.in_proj_weight", Kind::InProj(1))
        );
        assert_eq!(
            name("layers.2.projection"),
            published("net.layer.2.projection_matrix", Kind::Plain)
        );
        assert_eq!(name("layers.0.gate.weight"), None);
        assert_eq!(name("layers.0.norm.running_mean"), None);
    }
}
