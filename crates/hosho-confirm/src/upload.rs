//! Files that were handed in: papers, photographs, certificates.

use std::sync::Arc;

use hosho::{
    Date, Expectation, Expected, GuaranteeNumber, ObjectKind, OpenError, ParseError,
    SealedCertificate, SignedCertificate, UnixTime, VerifyError,
};
use hosho_cli::input;
use hosho_cli::lang::Lang;
use hosho_document::{Carrier, PaperError};

use crate::app::App;
use crate::input::{Fault, auth_key, number, pasted};
use crate::opening::GenuineRevision;
use crate::pasted::Credentials;
use crate::reader::Inside;
use crate::trust::Trust;

/// What a file led to.
#[derive(Debug)]
pub(crate) enum Handed {
    /// What opens a certificate.
    Credentials(Credentials),
    /// A signed certificate, to be verified as it is.
    Signed(Vec<u8>),
}

/// A signed certificate that was handed in, judged without an auth key.
#[derive(Debug)]
pub(crate) enum CheckedFile {
    /// The guarantor signed it.
    Genuine(Box<GenuineRevision>),
    /// Why it is refused, or cannot be judged.
    Refused(VerifyError),
}

/// Reads a file and, for what is sealed, the number and key that were typed.
///
/// # Errors
/// What to hand in instead.
pub(crate) async fn read(
    app: &App,
    bytes: &[u8],
    typed_number: &str,
    typed_key: &str,
) -> Result<Handed, Fault> {
    let inside = if Carrier::of(bytes).is_some() {
        let read = app.reader.read(bytes.to_vec()).await;
        read.map_err(unreadable)?
    } else {
        plain(bytes)?
    };
    match inside {
        Inside::Notice(text) => pasted(&text, "file").map(Handed::Credentials),
        // What a paper shows and carries signed is the contractor's copy.
        Inside::SignedOnPaper => Err(copy()),
        Inside::Signed(bytes) => Ok(Handed::Signed(bytes)),
        Inside::Sealed(bytes) => with_typed(&bytes, typed_number, typed_key, sealed_alone),
        Inside::SealedOnPaper(bytes) => with_typed(&bytes, typed_number, typed_key, no_code),
    }
}

/// Holds a sealed certificate against the number and key that were typed; `alone` says that they
/// were not.
fn with_typed(
    sealed: &[u8],
    typed_number: &str,
    typed_key: &str,
    alone: fn() -> Fault,
) -> Result<Handed, Fault> {
    match (number(typed_number), auth_key(typed_key)) {
        (Ok(number), Ok(auth_key)) => {
            let sealed = SealedCertificate::parse(sealed).map_err(damaged)?;
            auth_key.open(&sealed).map_err(does_not_open)?;
            Ok(Handed::Credentials(Credentials { number, auth_key }))
        }
        // Typed, and wrong: that is told first.
        (_, Err(fault)) if !typed_key.trim().is_empty() => Err(fault),
        (Err(fault), _) if !typed_number.trim().is_empty() => Err(fault),
        _ => Err(alone()),
    }
}

/// Finds the certificate or the notice in a file that is no paper.
fn plain(bytes: &[u8]) -> Result<Inside, Fault> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains("-----BEGIN ")
    {
        return pasted(text, "file").map(|_| Inside::Notice(text.to_owned().into()));
    }
    let bytes = input::unwrap_certificate(bytes.to_vec()).map_err(|error| {
        Fault::new(
            "file",
            error.code(),
            "テキスト形式の証書が崩れています。BEGIN 行から END 行まで、元のままのファイルをお使いください。",
            "The text armor is damaged. Use the file as you got it, from the BEGIN line to the END line.",
        )
    })?;
    match ObjectKind::of(&bytes) {
        Some(ObjectKind::SignedCertificate) => Ok(Inside::Signed(bytes)),
        Some(ObjectKind::SealedCertificate) => Ok(Inside::Sealed(bytes)),
        _ => Err(Fault::new(
            "file",
            "E1-NOT-RECOGNISED",
            "証書のデータではありません。「認証キー等のお知らせ」の PDF か、電子証書のファイルを選んでください。",
            "This is no certificate. Choose the PDF of the notice, or a certificate's file.",
        )),
    }
}

/// Verifies a signed certificate that was handed in, with the number as expectation if one was
/// typed.
pub(crate) fn check_signed(
    trusts: &[Arc<Trust>],
    bytes: &[u8],
    number: Option<&GuaranteeNumber<'_>>,
    on: Date,
    now: UnixTime,
) -> CheckedFile {
    let number = number.map_or(Expected::Unspecified, Expected::Number);
    let expectation = Expectation { number, obligee: None, auth_key: None };
    let mut refusal = None;
    for trust in trusts {
        let signed = match SignedCertificate::parse(bytes) {
            Ok(signed) => signed,
            Err(error) => return CheckedFile::Refused(VerifyError::Form(error)),
        };
        match trust.verifier(&[]).verify(signed, &expectation, on, now) {
            Ok(verified) => return CheckedFile::Genuine(Box::new(GenuineRevision::of(&verified))),
            // The bundle of another guarantor has the least to say.
            Err(VerifyError::KeyUnknown { key_id }) => {
                refusal.get_or_insert(VerifyError::KeyUnknown { key_id });
            }
            Err(error) => return CheckedFile::Refused(error),
        }
    }
    CheckedFile::Refused(refusal.unwrap_or(VerifyError::Signature))
}

fn copy() -> Fault {
    Fault::new(
        "file",
        "E1-COPY",
        "これは請負者の控え(電子証書の写し)です。提出されるべきものは「認証キー等のお知らせ」です。請負者に、その PDF を求めてください。",
        "This is the contractor's copy. What has to be handed in is the notice of number and auth key: ask the contractor for its PDF.",
    )
}

fn sealed_alone() -> Fault {
    Fault::new(
        "file",
        "E10-INPUT",
        "封のある証書です。お知らせにある保証契約番号と認証キーも入力してください。",
        "This certificate is sealed. Enter the number and the auth key of the notice as well.",
    )
}

fn no_code() -> Fault {
    Fault::new(
        "file",
        "E1-QR",
        "封のある証書が添付されていますが、番号と認証キーの QR コードを読み取れません。お知らせにある保証契約番号と認証キーも入力してください。",
        "A sealed certificate is attached, but no QR code of number and auth key can be read. Enter the number and the auth key of the notice as well.",
    )
}

fn does_not_open(error: OpenError) -> Fault {
    Fault::new(
        "file",
        error.code(),
        "入力された認証キーでは、このファイルの証書は開きません。番号と認証キーが、このファイルと同じ保証のものか確かめてください。",
        "The auth key that was entered does not open the certificate of this file. Check that number and key are those of the same guarantee as the file.",
    )
}

fn damaged(error: ParseError) -> Fault {
    Fault::new(
        "file",
        error.code(),
        "封のある証書のデータが壊れています。「認証キー等のお知らせ」の PDF を受け取り直してください。",
        "The sealed certificate is damaged. Get the PDF of the notice again.",
    )
}

fn unreadable(error: PaperError) -> Fault {
    Fault::new("file", error.code(), error.message(Lang::Ja), error.message(Lang::En))
}
