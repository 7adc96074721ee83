//! Follows secrets through the core with valgrind: nothing may branch or index by them.
//!
//! A case marks its secrets as undefined memory and runs the release code; memcheck complains
//! where control or an address depends on them. `CASE-control` does the same with a leak that
//! must be found, and `list` prints the cases. The script `run` beside the manifest runs them all.

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;

use hosho::{
    AuthKey, AuthMasterKey, Epoch, GuaranteeNumber, GuarantorId, ParseError, SealNonce,
    SealedCertificate, Serial, SignedCertificate, seal,
};

mod memcheck;

const SIGNED: &[u8] = include_bytes!("../../hosho/examples/data/31-07-1-0000123-9-r1.hosho");
const PRINTED: &str = include_str!("../../hosho/examples/data/31-07-1-0000123-9.auth-key");
const CASES: [&str; 4] = ["derive", "decode", "compare", "open"];

fn main() -> ExitCode {
    let case = std::env::args().nth(1).unwrap_or_default();
    if case == "list" {
        println!("{}", CASES.join("\n"));
        return ExitCode::SUCCESS;
    }
    if !memcheck::is_running() {
        eprintln!("hosho-constant-time: run it under valgrind");
        return ExitCode::FAILURE;
    }
    let result = match case.as_str() {
        "derive" => derive(),
        "decode" => decode(),
        "compare" => compare(),
        "open" => open(),
        "derive-control" => {
            search_a_secret();
            Ok(())
        }
        "decode-control" => {
            index_by_a_secret();
            Ok(())
        }
        "compare-control" => {
            compare_as_text();
            Ok(())
        }
        "open-control" => look_at_a_derived_key(),
        _ => Err("no such case".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hosho-constant-time: {case}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn names() -> Result<(GuarantorId<'static>, GuaranteeNumber<'static>), ParseError> {
    Ok((GuarantorId::parse("kakuu-mirai")?, GuaranteeNumber::parse("31-07-1-0000123-9")?))
}

/// Derives the auth key of the example from a secret master key, so that it is secret too.
fn secret_key() -> Result<AuthKey, ParseError> {
    let (id, number) = names()?;
    let mut master = [3_u8; 32];
    memcheck::poison(&mut master);
    let master = AuthMasterKey::take(&mut master);
    Ok(master.derive(&id, Epoch::FIRST, &number, Serial::FIRST))
}

fn derive() -> Result<(), Box<dyn Error>> {
    let (id, number) = names()?;
    let key = secret_key()?;
    black_box(key.bind(&id, &number, Epoch::FIRST, Serial::FIRST));
    black_box(key.locator(&number));
    black_box(key.expose_text());
    Ok(())
}

fn decode() -> Result<(), Box<dyn Error>> {
    let text = memcheck::poisoned_text(PRINTED);
    black_box(AuthKey::parse(&text)?);
    Ok(())
}

fn compare() -> Result<(), Box<dyn Error>> {
    let (one, other) = (secret_key()?, secret_key()?);
    if one.matches(&other) { Ok(()) } else { Err("the same key does not match".into()) }
}

/// Opens with the key that fits, up to a tag that does not.
fn open() -> Result<(), Box<dyn Error>> {
    let nonce = SealNonce { salt: [4; 16], iv: [5; 12] };
    let mut sealed = seal(&SignedCertificate::parse(SIGNED)?, &AuthKey::parse(PRINTED)?, &nonce);
    if let Some(last) = sealed.last_mut() {
        *last ^= 1;
    }
    match secret_key()?.open(&SealedCertificate::parse(&sealed)?) {
        Ok(_) => Err("a wrong tag was accepted".into()),
        Err(_) => Ok(()),
    }
}

fn search_a_secret() {
    let mut master = [7_u8; 32];
    memcheck::poison(&mut master);
    black_box(black_box(master).iter().position(|byte| *byte == 3));
}

fn index_by_a_secret() {
    let text = memcheck::poisoned_text(PRINTED);
    let table: Vec<u8> = black_box((0..=255).rev().collect());
    black_box(text.bytes().map(|byte| table.get(usize::from(byte)).copied()).next_back());
}

fn compare_as_text() {
    let (one, other) = (memcheck::poisoned_text(PRINTED), memcheck::poisoned_text(PRINTED));
    black_box(if one == other { 1 } else { black_box(2) });
}

fn look_at_a_derived_key() -> Result<(), Box<dyn Error>> {
    let text = secret_key()?.expose_text();
    black_box(text.as_str().contains('7'));
    Ok(())
}
