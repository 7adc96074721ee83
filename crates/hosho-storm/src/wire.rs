//! HTTP/1.1 as far as the storms need it, and a browser: cookies, forms and their tokens.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take: longer than a service lets it.
const PATIENCE: Duration = Duration::from_secs(45);

/// An answer with its whole body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Returns the code that a page or a problem document shows.
    pub fn code(&self) -> String {
        if let Some(code) = self.json().get("code").and_then(Value::as_str) {
            return code.to_owned();
        }
        let text = self.text();
        let found = text.split("<code>").skip(1).find(|rest| rest.starts_with('E'));
        found.and_then(|rest| rest.split('<').next()).unwrap_or_default().to_owned()
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

/// One connection that is kept.
#[derive(Debug)]
pub struct Wire(BufReader<TcpStream>);

impl Wire {
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    pub fn ask(&mut self, ask: &Ask<'_>) -> io::Result<Answer> {
        let mut request =
            format!("{} {} HTTP/1.1\r\nhost: service.example\r\n", ask.method, ask.path);
        for (name, value) in ask.headers {
            request.extend([*name, ": ", *value, "\r\n"]);
        }
        request.extend(["content-length: ", &ask.body.len().to_string(), "\r\n\r\n"]);
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(ask.body);
        self.0.get_mut().write_all(&bytes)?;
        self.read()
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn read(&mut self) -> io::Result<Answer> {
        let malformed = || io::Error::from(io::ErrorKind::InvalidData);
        let status = self.line()?;
        let status =
            status.split(' ').nth(1).and_then(|it| it.parse().ok()).ok_or_else(malformed)?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(Ok(0), |(_, value)| value.parse().map_err(|_| malformed()))?;
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer { status, headers, body })
    }
}

/// Posts JSON on a connection of its own.
pub fn post_json(address: SocketAddr, path: &str, value: &Value) -> io::Result<Answer> {
    let headers = [("content-type", "application/json"), ("connection", "close")];
    let body = value.to_string();
    Wire::connect(address)?.ask(&Ask {
        method: "POST",
        path,
        headers: &headers,
        body: body.as_bytes(),
    })
}

/// Reads a page on a connection of its own.
pub fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    let headers = [("connection", "close")];
    Wire::connect(address)?.ask(&Ask { method: "GET", path, headers: &headers, body: b"" })
}

/// Writes the fields of a form as its body.
type Spell<'s> = &'s dyn Fn(&[(&str, &str)]) -> String;

/// A browser. Its cookies serve at every node of a service, which stand behind one name.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn get(&mut self, address: SocketAddr, path: &str) -> io::Result<Answer> {
        self.send(address, ("GET", path), ("text/plain", ""))
    }

    /// Posts a form with the token that the page `from` shows.
    pub fn post_from(
        &mut self,
        address: SocketAddr,
        (from, path): (&str, &str),
        fields: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let escaped = |all: &[(&str, &str)]| {
            let pair = |(name, value): &(&str, &str)| format!("{name}={}", escape(value));
            all.iter().map(pair).collect::<Vec<_>>().join("&")
        };
        let kind = "application/x-www-form-urlencoded";
        self.fill(address, (from, path), fields, (kind, &escaped))
    }

    /// Posts a form that could take a file along.
    pub fn post_parts_from(
        &mut self,
        address: SocketAddr,
        (from, path): (&str, &str),
        fields: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let parts = |all: &[(&str, &str)]| {
            let part = |(name, value): &(&str, &str)| {
                format!(
                    "--storm\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
            };
            all.iter().map(part).collect::<String>() + "--storm--\r\n"
        };
        let kind = "multipart/form-data; boundary=storm";
        self.fill(address, (from, path), fields, (kind, &parts))
    }

    fn fill(
        &mut self,
        address: SocketAddr,
        (from, path): (&str, &str),
        fields: &[(&str, &str)],
        (kind, spell): (&str, Spell<'_>),
    ) -> io::Result<Answer> {
        let page = self.get(address, from)?;
        let text = page.text();
        let Some(rest) = text.split("name=\"form_token\" value=\"").nth(1) else {
            return Ok(page);
        };
        let token = rest.split('"').next().unwrap().to_owned();
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        self.send(address, ("POST", path), (kind, &spell(&all)))
    }

    fn send(
        &mut self,
        address: SocketAddr,
        (method, path): (&str, &str),
        (kind, body): (&str, &str),
    ) -> io::Result<Answer> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [
            ("accept", "text/html"),
            ("connection", "close"),
            ("content-type", kind),
            ("cookie", cookies.as_str()),
        ];
        let ask = Ask { method, path, headers: &headers, body: body.as_bytes() };
        let answer = Wire::connect(address)?.ask(&ask)?;
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(one).collect()
}
