//! A visitor of the services: a browser without a window.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Request, Response, header};

use crate::Fault;
use crate::html::{self, Form, Sending};

/// Argon2 in a debug build on a busy machine is slow.
const PATIENCE: Duration = Duration::from_mins(2);
/// The most bytes of an answer: papers are below 8 MiB.
const MOST: u64 = 16 * 1024 * 1024;
/// The most redirects after one request.
const REDIRECTS: usize = 5;
/// What separates the parts of a form with files.
const BOUNDARY: &str = "----hosho-demo-7d1f6f0c";

/// Somebody with a browser at one service.
#[derive(Debug)]
pub(crate) struct Visitor {
    agent: Agent,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    pub(crate) kind: String,
}

impl Answer {
    /// Returns the page as it was sent.
    pub(crate) fn page(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns what a reader sees of the page.
    pub(crate) fn text(&self) -> String {
        html::text(&self.page())
    }

    /// Returns the form that is sent to `path`.
    pub(crate) fn form(&self, path: &str) -> Result<Form, Fault> {
        let forms = Form::all(&self.page());
        forms.into_iter().find(|form| form.action == path).ok_or_else(|| self.lacks(path))
    }

    /// Says what the page lacks, with the beginning of what it shows instead.
    pub(crate) fn lacks(&self, what: &str) -> Fault {
        let text = self.text();
        let shown: String = text.chars().take(1_500).collect();
        format!("{} ({}): no {what} in: {shown}", self.path, self.status).into()
    }

    /// Requires that the page shows a text.
    pub(crate) fn shows(&self, what: &str) -> Result<(), Fault> {
        if self.text().contains(what) { Ok(()) } else { Err(self.lacks(what)) }
    }

    /// Requires a status.
    pub(crate) fn has_status(&self, status: u16) -> Result<(), Fault> {
        if self.status == status { Ok(()) } else { Err(self.lacks(&format!("status {status}"))) }
    }
}

impl Visitor {
    /// Returns a visitor of the service at an address.
    pub(crate) fn of(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("hosho-demo")
            .timeout_global(Some(PATIENCE))
            .build();
        let origin = format!("http://{address}");
        Self { agent: config.new_agent(), origin, cookies: BTreeMap::new() }
    }

    /// Opens a page.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer, Fault> {
        let mut path = path.to_owned();
        for _ in 0..=REDIRECTS {
            let request = self.prepare("GET", &path).body(())?;
            let answer = self.agent.run(request)?;
            match self.read(answer, &path)? {
                Went::There(answer) => return Ok(answer),
                Went::Elsewhere(to) => path = to,
            }
        }
        Err(format!("{path}: too many redirects").into())
    }

    /// Sends a form, with the button that was pressed.
    pub(crate) fn send(
        &mut self,
        form: &Form,
        button: Option<(&str, &str)>,
    ) -> Result<Answer, Fault> {
        self.send_with(form, button, None)
    }

    /// Sends a form with a file: its name and its bytes.
    pub(crate) fn send_with(
        &mut self,
        form: &Form,
        button: Option<(&str, &str)>,
        file: Option<(&str, &[u8])>,
    ) -> Result<Answer, Fault> {
        let fields = form.sent(button);
        let (kind, body) = match form.sending {
            Sending::InQuery => return self.get(&format!("{}?{}", form.action, encoded(&fields))),
            Sending::InParts => {
                (format!("multipart/form-data; boundary={BOUNDARY}"), parts(&fields, file))
            }
            Sending::Plain => {
                ("application/x-www-form-urlencoded".to_owned(), encoded(&fields).into_bytes())
            }
        };
        let request = self.prepare("POST", &form.action).header(header::CONTENT_TYPE, kind);
        let answer = self.agent.run(request.body(body)?)?;
        match self.read(answer, &form.action)? {
            Went::There(answer) => Ok(answer),
            Went::Elsewhere(to) => self.get(&to),
        }
    }

    fn prepare(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header(header::ACCEPT, "text/html")
            .header("sec-fetch-site", "same-origin");
        if cookies.is_empty() {
            request
        } else {
            request.header(header::COOKIE, cookies.join("; "))
        }
    }

    fn read(&mut self, answer: Response<ureq::Body>, path: &str) -> Result<Went, Fault> {
        let (head, body) = answer.into_parts();
        for set in head.headers.get_all(header::SET_COOKIE) {
            let pair = set.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').ok_or("a cookie without a value")?;
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if head.status.is_redirection() {
            let to = head.headers.get(header::LOCATION).ok_or("a redirect to nowhere")?;
            return Ok(Went::Elsewhere(to.to_str()?.to_owned()));
        }
        let kind = head.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let body = body.into_with_config().limit(MOST).read_to_vec()?;
        Ok(Went::There(Answer { status: head.status.as_u16(), path: path.to_owned(), body, kind }))
    }
}

/// Where a request led.
enum Went {
    Elsewhere(String),
    There(Answer),
}

/// Spells fields as a form without files has them.
fn encoded(fields: &[(String, String)]) -> String {
    let spelled = |text: &str| -> String {
        let spell = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(spell).collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", spelled(name), spelled(value)))
        .collect();
    pairs.join("&")
}

/// Spells fields and a file as a form with files has them.
fn parts(fields: &[(String, String)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, bytes)) = file {
        let part = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_spelled_as_browsers_do() {
        let fields = [("work.name".to_owned(), "A&B 県".to_owned())];
        assert_eq!(encoded(&fields), "work.name=A%26B%20%E7%9C%8C");
        let body = String::from_utf8(parts(&fields, Some(("a.pdf", b"%PDF")))).unwrap();
        assert!(body.contains("name=\"work.name\"\r\n\r\nA&B 県\r\n--"));
        assert!(
            body.contains("filename=\"a.pdf\"")
                && body.ends_with("%PDF\r\n------hosho-demo-7d1f6f0c--\r\n")
        );
    }
}
