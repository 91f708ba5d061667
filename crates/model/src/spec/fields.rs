//! One declaration of a field for all that follows from it.

/// Makes an object of a spec from the declaration of its fields.
///
/// ```text
/// pub struct Part(given): "an object: the part" {
///     /// What it means: for readers of the code, of the schema and of the page.
///     pub field: Type = default => reader,
///     pub other: Option<Type> => reader,
/// }
/// ```
///
/// From it follow the type, which fields are known (and which one was probably meant), what is taken when a field is
/// left out, how all of it is read, and the canonical form. Fields are read in their order. A default and a reader may
/// name the fields above them, and ask of `given` which fields there are.
macro_rules! fields {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident($given:ident): $what:literal {
            $(
                $(#[$field_attribute:meta])*
                pub $field:ident: $type:ty $(= $default:expr)? => $read:expr,
            )*
        }
    ) => {
        #[derive(Clone, Debug, PartialEq, Eq, ::serde::Serialize)]
        #[cfg_attr(any(test, feature = "testing"), derive(::schemars::JsonSchema), schemars(deny_unknown_fields))]
        $(#[$attribute])*
        pub struct $name {
            $(
                $(#[$field_attribute])*
                pub $field: $type,
            )*
        }

        impl $name {
            /// The names of the fields.
            pub(super) const FIELDS: &[&str] = &[$(stringify!($field)),*];

            /// Reads it. What it returns is of use only without faults.
            pub(crate) fn read(node: &$crate::fault::Node<'_>, faults: &mut $crate::fault::Faults) -> Option<Self> {
                let $given = node.fields($what, Self::FIELDS, faults);
                $(
                    let $field: $type =
                        $given.read(stringify!($field), faults, $read)$(.unwrap_or_else(|| $default))?;
                )*
                Some(Self { $($field,)* })
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $(let $field: $type = $crate::spec::fields::unset!($($default)?);)*
                Self { $($field,)* }
            }
        }
    };
}

/// What a field is when it is left out.
macro_rules! unset {
    () => {
        None
    };
    ($default:expr) => {
        $default
    };
}

pub(super) use {fields, unset};
