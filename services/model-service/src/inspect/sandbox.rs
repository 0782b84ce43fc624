//! Landlock: the child sees its scratch folder and no network, where the kernel can do that.

/// Allows the current folder only, refuses TCP; sets `no_new_privs`.
///
/// Best effort: an older kernel enforces what it knows. Returns whether anything is enforced.
#[cfg(target_os = "linux")]
pub(super) fn confine_to_current_folder() -> bool {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, RestrictionStatus, Ruleset,
        RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    };

    let confine = || -> Result<RestrictionStatus, Box<dyn std::error::Error>> {
        let refused = |error: RulesetError| Box::new(error);
        let all = AccessFs::from_all(ABI::V5);
        let folder = PathBeneath::new(PathFd::new(".")?, all);
        let rules = Ruleset::default()
            .handle_access(all)
            .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V5)))
            .and_then(|rules| rules.create())
            .and_then(|rules| rules.add_rule(folder))
            .map_err(refused)?;
        Ok(rules.restrict_self().map_err(refused)?)
    };
    confine().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

/// Landlock is a Linux feature.
#[cfg(not(target_os = "linux"))]
pub(super) fn confine_to_current_folder() -> bool {
    false
}
