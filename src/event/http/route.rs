//! Which route a path is. Pure.

use percent_encoding::percent_decode_str;

/// What the routes of environments begin with.
pub(super) const ROOT: &str = "/environments";

/// What stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The page to watch environments on.
    Page,
    Environments,
    Environment,
    /// What a create would change of it.
    Plan,
    /// A drawing of it.
    Diagram,
    /// What the installation lacks.
    Doctor,
}

/// A route: its path, what stands there, and the methods that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    path: &'static str,
    pub(super) target: Target,
    methods: &'static [&'static str],
}

/// What stands for the name of an environment in a path.
const NAME: &str = "{name}";

const ROUTES: [Route; 6] = [
    Route { path: "/", target: Target::Page, methods: &["GET"] },
    Route { path: "/environments", target: Target::Environments, methods: &["GET"] },
    Route { path: "/environments/{name}", target: Target::Environment, methods: &["GET", "PUT", "DELETE"] },
    Route { path: "/environments/{name}/plan", target: Target::Plan, methods: &["POST"] },
    Route { path: "/environments/{name}/diagram.svg", target: Target::Diagram, methods: &["GET"] },
    Route { path: "/doctor", target: Target::Doctor, methods: &["GET"] },
];

impl Route {
    /// The route of a path, and the name of the environment in it, decoded; `None` when there is no such route. A
    /// slash at the end means nothing.
    pub(super) fn find(path: &str) -> Option<(Self, String)> {
        let path = path.strip_prefix('/')?;
        let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
        let segments: Vec<String> =
            path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect();
        ROUTES.iter().find_map(|route| {
            let wanted: Vec<&str> = route.path.trim_start_matches('/').split('/').collect();
            let fits =
                |(wanted, found): (&&str, &String)| if *wanted == NAME { !found.is_empty() } else { wanted == found };
            if wanted.len() != segments.len() || !wanted.iter().zip(&segments).all(fits) {
                return None;
            }
            let name = wanted.iter().position(|wanted| *wanted == NAME).and_then(|index| segments.get(index));
            Some((*route, name.cloned().unwrap_or_default()))
        })
    }

    /// Whether it takes a method; whoever takes GET takes HEAD.
    pub(super) fn takes(&self, method: &str) -> bool {
        self.methods.contains(&method) || method == "HEAD" && self.methods.contains(&"GET")
    }

    /// The methods that it takes, as the header `Allow` lists them.
    pub(super) fn allow(&self) -> String {
        let head = if self.takes("HEAD") { "HEAD, " } else { "" };
        format!("{}, {head}OPTIONS", self.methods.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/", Target::Page, "")]
    #[case("/environments", Target::Environments, "")]
    #[case("/environments/", Target::Environments, "")]
    #[case("/environments/fraud-v3", Target::Environment, "fraud-v3")]
    #[case("/environments/fraud-v3/", Target::Environment, "fraud-v3")]
    #[case("/environments/fraud%2Dv3", Target::Environment, "fraud-v3")]
    #[case("/environments/a%2Fb", Target::Environment, "a/b")]
    #[case("/environments/%FF", Target::Environment, "\u{fffd}")]
    #[case("/environments/plan", Target::Environment, "plan")]
    #[case("/environments/fraud-v3/plan", Target::Plan, "fraud-v3")]
    #[case("/environments/fraud-v3/diagram.svg", Target::Diagram, "fraud-v3")]
    #[case("/doctor", Target::Doctor, "")]
    #[case("/doctor/", Target::Doctor, "")]
    fn routes(#[case] path: &str, #[case] target: Target, #[case] name: &str) {
        let (route, found) = Route::find(path).unwrap();
        assert_eq!((route.target, found.as_str()), (target, name));
    }

    #[rstest]
    #[case("")]
    #[case("//")]
    #[case("environments")]
    #[case("/Environments")]
    #[case("/environments//")]
    #[case("//environments")]
    #[case("/doctor/fraud-v3")]
    #[case("/environments//plan")]
    #[case("/environments/fraud-v3/plans")]
    #[case("/environments/fraud-v3/plan/x")]
    #[case("/environments%2Ffraud-v3")]
    fn no_routes(#[case] path: &str) {
        assert_eq!(Route::find(path), None);
    }

    #[test]
    fn methods() {
        let (route, _) = Route::find("/environments/fraud-v3").unwrap();
        assert_eq!(route.allow(), "GET, PUT, DELETE, HEAD, OPTIONS");
        assert!(route.takes("HEAD") && !route.takes("POST") && !route.takes("get"));
        let (route, _) = Route::find("/environments/fraud-v3/plan").unwrap();
        assert_eq!(route.allow(), "POST, OPTIONS");
        assert!(!route.takes("HEAD"));
    }

    #[test]
    fn those_of_environments_begin_alike() {
        let others = [Target::Page, Target::Doctor];
        assert!(ROUTES.iter().all(|route| others.contains(&route.target) || route.path.starts_with(ROOT)));
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(path in "(/|%|[a-f0-9]|environments|\\PC)*") {
            let _ = Route::find(&path);
        }
    }
}
