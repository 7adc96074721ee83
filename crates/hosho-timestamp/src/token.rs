//! `TimeStampToken`: signed data of CMS (RFC 5652) around `TSTInfo`.

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignerInfo, SignerInfos};
use der::asn1::{Any, AnyRef, ObjectIdentifier, SetOfVec};
use der::{Decode as _, Encode as _, Reader as _, Sequence, Tag, Tagged as _};
use rustls_pki_types::CertificateDer;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::error::TimestampError;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(crate) const TST_INFO: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// `SignedData`, with certificates as they stand, so that none is encoded again.
#[derive(Clone, Debug, Sequence)]
struct SignedData {
    version: CmsVersion,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    encap_content_info: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    certificates: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    crls: Option<SetOfVec<Any>>,
    signer_infos: SignerInfos,
}

/// A token whose form is right; nothing is verified.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    content: Vec<u8>,
    certificates: Vec<CertificateDer<'static>>,
    signer: SignerInfo,
}

impl Token {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, TimestampError> {
        let form = |_| TimestampError::Form;
        let outer = ContentInfo::from_der(bytes).map_err(form)?;
        if outer.content_type != SIGNED_DATA {
            return Err(TimestampError::Form);
        }
        let data: SignedData = outer.content.decode_as().map_err(form)?;
        let inner = data.encap_content_info;
        let content = inner.econtent.filter(|content| content.tag() == Tag::OctetString);
        let (Some(content), TST_INFO) = (content, inner.econtent_type) else {
            return Err(TimestampError::Form);
        };
        // One signer (RFC 3161 section 2.4.2).
        let [signer] = data.signer_infos.0.as_slice() else {
            return Err(TimestampError::Form);
        };
        // The content is none of CMS's own, so the version is 3 (RFC 5652 section 5.1).
        let digests = data.digest_algorithms.iter();
        let mut same = digests.filter(|digest| digest.oid == signer.digest_alg.oid);
        if data.version != CmsVersion::V3 || same.next().is_none() {
            return Err(TimestampError::Form);
        }
        let certificates = data.certificates.iter().flat_map(|set| set.iter());
        let certificates = certificates
            .filter(|one| one.tag() == Tag::Sequence)
            .map(|one| one.to_der().map(CertificateDer::from))
            .collect::<Result<_, _>>();
        Ok(Self {
            content: content.value().to_vec(),
            certificates: certificates.map_err(form)?,
            signer: signer.clone(),
        })
    }

    /// Returns the bytes of `TSTInfo`.
    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    /// Returns the certificates inside.
    pub(crate) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// Returns what the signer says about its signature.
    pub(crate) const fn signer(&self) -> &SignerInfo {
        &self.signer
    }
}

/// Returns the token of a `TimeStampResp`, or of a file that is one.
pub(crate) fn of_reply(bytes: &[u8]) -> Result<Vec<u8>, TimestampError> {
    if Token::parse(bytes).is_ok() {
        return Ok(bytes.to_vec());
    }
    let reply = AnyRef::from_der(bytes).map_err(|_| TimestampError::Form)?;
    let parts = reply.sequence(|reader| {
        let status = AnyRef::decode(reader)?.sequence(|reader| {
            let status = u8::decode(reader)?;
            // The reason in words, and bits for it.
            while !reader.is_finished() {
                AnyRef::decode(reader)?;
            }
            Ok(status)
        })?;
        let token = if reader.is_finished() { None } else { Some(AnyRef::decode(reader)?) };
        Ok((status, token))
    });
    match parts.map_err(|_| TimestampError::Form)? {
        // Granted, or granted with changes.
        (0 | 1, Some(token)) => {
            let token = token.to_der().map_err(|_| TimestampError::Form)?;
            Token::parse(&token).map(|_| token)
        }
        (0 | 1, None) => Err(TimestampError::Form),
        _ => Err(TimestampError::NotGranted),
    }
}
