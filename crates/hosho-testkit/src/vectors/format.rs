use std::fmt::Write as _;

use serde_json::Value;

/// Named values in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// Makes fields with one value.
    pub fn of(name: &'static str, value: impl Into<Value>) -> Self {
        Self::default().with(name, value)
    }

    /// Makes `{"bytes": hex}`.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::of("bytes", to_hex(bytes))
    }

    /// Makes `{"result": "accept"}`.
    pub fn accept() -> Self {
        Self::of("result", "accept")
    }

    /// Makes `{"result": "refuse", "code": code}`.
    pub fn refuse(code: &str) -> Self {
        Self::of("result", "refuse").with("code", code)
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a value, if there is one.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Returns the JSON object.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
    }

    fn write(&self, out: &mut String) {
        let fields: Vec<_> =
            self.0.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        let _ = write!(out, "{{{}}}", fields.join(", "));
    }
}

/// One case: what goes in, and what the spec says about it.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Its name, unique in its file.
    pub id: String,
    /// The rules of the spec that it shows.
    pub rules: Vec<String>,
    /// What is special about it.
    pub comment: String,
    /// What goes in.
    pub input: Fields,
    /// What comes out.
    pub expect: Fields,
}

/// A file of vectors for one operation.
#[derive(Clone, Debug)]
pub struct VectorFile {
    /// The name of the file without its extension.
    pub name: &'static str,
    /// The operation that takes the inputs.
    pub operation: &'static str,
    /// What the vectors are about.
    pub about: &'static str,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

impl VectorFile {
    /// Returns the text of the file, the same for the same vectors.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let quoted = |text: &str| Value::from(text).to_string();
        let _ = write!(
            out,
            "{{\n \"format\": \"hosho-vectors/1\",\n \"operation\": {},\n \"about\": {},\n \
             \"vectors\": [",
            quoted(self.operation),
            quoted(self.about),
        );
        for (vector, at) in self.vectors.iter().zip(0..) {
            let rule = match vector.rules.as_slice() {
                [rule] => Value::from(rule.as_str()),
                rules => Value::from(rules),
            };
            out.push_str(if at == 0 { "\n" } else { ",\n" });
            let _ = write!(
                out,
                "  {{\n   \"id\": {},\n   \"rule\": {rule},\n   \"comment\": {},\n   \"input\": ",
                quoted(&vector.id),
                quoted(&vector.comment),
            );
            vector.input.write(&mut out);
            out.push_str(",\n   \"expect\": ");
            vector.expect.write(&mut out);
            out.push_str("\n  }");
        }
        out.push_str("\n ]\n}\n");
        out
    }
}

/// Returns lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Reads lower-case hexadecimal digits.
pub fn from_hex(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        other => panic!("no hexadecimal digit: {other}"),
    };
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "an even number of digits");
    pairs.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}
