//! Finding the certificate that a paper carries: as an attachment or in a QR code.
//!
//! What is printed on a paper is never read. Attachment and QR code are bytes that anyone may have
//! made; whoever gets them verifies them.

use std::fmt;

use hosho_cli::lang::Lang;
use zeroize::Zeroizing;

mod image;
mod pdf;
mod scan;

/// The most bytes of a certificate that a paper may carry; the largest sealed one has 4 256
/// (spec R-SIZE-2), and a larger file is refused as what it is.
const MAX_CERTIFICATE: usize = 8 * 1024;

/// Why no certificate could be had from a paper.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReadError {
    /// It carries several certificates, attached or in QR codes, and they differ.
    Disagree,
    /// The PDF is encrypted.
    Encrypted,
    /// The image cannot be read.
    Image,
    /// The QR code is that of a notice: number and auth key, and no certificate.
    NoticeCode,
    /// It carries no certificate.
    Nothing,
    /// It carries no certificate, and no QR code of one can be read in its pictures.
    NothingScanned,
    /// No QR code of a certificate can be read in the image.
    NoCode,
    /// It is a notice whose auth key does not open what is attached to it.
    OtherAttached,
    /// It carries no certificate, and has pictures of a kind that is not read.
    OtherPictures,
    /// The PDF cannot be read.
    Pdf,
    /// Something in it is larger than a paper of ours can be.
    TooLarge,
    /// It has more pictures than could be searched in time.
    TooMany,
}

impl ReadError {
    /// Every error.
    pub const ALL: [Self; 12] = [
        Self::Disagree,
        Self::Encrypted,
        Self::Image,
        Self::NoticeCode,
        Self::Nothing,
        Self::NothingScanned,
        Self::NoCode,
        Self::OtherAttached,
        Self::OtherPictures,
        Self::Pdf,
        Self::TooLarge,
        Self::TooMany,
    ];

    /// Returns the code of what failed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Disagree | Self::OtherAttached => "E1-DISAGREE",
            Self::Encrypted | Self::Pdf => "E1-PDF",
            Self::Image => "E1-IMAGE",
            Self::NoticeCode | Self::NothingScanned | Self::NoCode | Self::OtherPictures => "E1-QR",
            Self::Nothing => "E1-NOT-RECOGNISED",
            Self::TooLarge | Self::TooMany => "E1-TOO-LARGE",
        }
    }

    /// Returns what happened and the next step.
    pub const fn message(self, lang: Lang) -> &'static str {
        match self {
            Self::Disagree => lang.pick(
                "添付や QR コードに、異なる電子証書が入っています。保証事業会社に確かめ、正しいファイルを受け取り直してください",
                "it carries certificates that differ, attached or in QR codes; ask the guarantor, and get the right file again",
            ),
            Self::Encrypted => lang.pick(
                "暗号化された PDF は読みません。パスワードのない元の PDF を受け取ってください",
                "encrypted PDFs are not read; get the original, which has no password",
            ),
            Self::Image => lang.pick(
                "画像を読み取れません。PNG か JPEG で、1600 万画素まで、一辺 2 万画素までの画像にしてください",
                "the image cannot be read; make it a PNG or JPEG of at most 16 million pixels and 20 000 on a side",
            ),
            Self::NoticeCode => lang.pick(
                "この QR コードには番号と認証キーだけが入っています。「認証キー等のお知らせ」の PDF を指定してください",
                "this QR code holds the number and the auth key only; name the PDF of the notice itself",
            ),
            Self::Nothing => lang.pick(
                "電子証書が添付されていません。印刷し直した PDF ではなく、受け取った元の PDF を指定してください",
                "no certificate is attached; name the PDF as you received it, not one printed anew",
            ),
            Self::NothingScanned => lang.pick(
                "電子証書が添付されておらず、ページの画像からも QR コードを読み取れません。受け取った元の PDF を指定するか、200 dpi 以上で読み取り直してください",
                "no certificate is attached, and no QR code of one can be read in the pictures of its pages; name the PDF as you received it, or scan it again at 200 dpi or more",
            ),
            Self::OtherAttached => lang.pick(
                "このお知らせに添付された電子証書は、お知らせの QR コードにある認証キーでは開きません。別の保証の証書に差し替えられたおそれがあります。保証事業会社に確かめ、正しいお知らせを受け取り直してください",
                "the auth key in the QR code of this notice does not open what is attached to it, which may be another guarantee's; ask the guarantor, and get the right notice again",
            ),
            Self::OtherPictures => lang.pick(
                "電子証書が添付されておらず、ページの画像はここで読めない形式(CCITT、JBIG2、JPEG 2000 など)です。受け取った元の PDF を指定するか、そのページを PNG で保存して指定してください",
                "no certificate is attached, and pictures of its pages are of a kind that is not read here (such as CCITT, JBIG2, JPEG 2000); name the PDF as you received it, or save the page as PNG",
            ),
            Self::NoCode => lang.pick(
                "電子証書の QR コードを読み取れません。コード全体を、明るく、正面から写してください",
                "no QR code of a certificate can be read; take the whole code, well lit and from the front",
            ),
            Self::Pdf => lang.pick(
                "PDF が壊れています。送り直しを求めてください",
                "the PDF is damaged; ask for it again",
            ),
            Self::TooLarge => lang.pick(
                "この書面としては大きすぎます。受け取った元のファイルを指定してください",
                "it is too large for one of these papers; name the file as you received it",
            ),
            Self::TooMany => lang.pick(
                "画像が多く、時間内に調べきれません。お知らせや控えのページだけの PDF を指定してください",
                "it has more pictures than could be searched in time; name a PDF with the pages of the notice or the copy only",
            ),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message(Lang::En))
    }
}

impl std::error::Error for ReadError {}

/// A kind of file that may carry a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Carrier {
    /// A JPEG image.
    Jpeg,
    /// A PDF document.
    Pdf,
    /// A PNG image.
    Png,
}

impl Carrier {
    /// The most bytes of such a file that are read: a photograph of a page.
    pub const MAX_LEN: usize = 16 * 1024 * 1024;

    /// Returns what a file is, by its first bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            _ => None,
        }
    }

    /// Returns the bytes of the one certificate that a file of this kind carries, signed or sealed;
    /// nothing about them is checked.
    ///
    /// A hostile file can make this take much memory: call it where a limit is set. Pictures in a PDF
    /// that are not searched while `is_time_left` says so are too many.
    ///
    /// # Errors
    /// Why there is none, or more than one.
    pub fn read(self, bytes: &[u8], is_time_left: &dyn Fn() -> bool) -> Result<Vec<u8>, ReadError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(ReadError::TooLarge);
        }
        match self {
            Self::Jpeg => image::jpeg(bytes).and_then(image::Picture::certificate),
            Self::Pdf => pdf::read(bytes, is_time_left),
            Self::Png => image::png(bytes).and_then(image::Picture::certificate),
        }
    }

    /// Returns what a file of this kind carries for one who confirms a certificate: number and auth
    /// key, if it is a notice or a picture of one, or else a certificate.
    ///
    /// Number and key are those of its QR code. They are no evidence of anything: they only open what
    /// verifies.
    ///
    /// # Errors
    /// As [`Carrier::read`].
    pub fn read_handed(
        self,
        bytes: &[u8],
        is_time_left: &dyn Fn() -> bool,
    ) -> Result<Handed, ReadError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(ReadError::TooLarge);
        }
        match self {
            Self::Jpeg => image::jpeg(bytes).and_then(image::Picture::handed),
            Self::Pdf => pdf::read_handed(bytes, is_time_left),
            Self::Png => image::png(bytes).and_then(image::Picture::handed),
        }
    }
}

/// What a paper that somebody handed in carries.
#[derive(Debug)]
pub enum Handed {
    /// A certificate, signed or sealed; nothing about it is checked.
    Certificate(Vec<u8>),
    /// The text of a notice's QR code: number and auth key, as good as if a person had typed them. If
    /// something is attached to the notice, that key opens it.
    Notice(Zeroizing<String>),
}

/// Returns the one certificate among those found; the same twice counts once.
fn only(mut found: Vec<Vec<u8>>) -> Result<Option<Vec<u8>>, ReadError> {
    found.sort();
    found.dedup();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(ReadError::Disagree),
    }
}
