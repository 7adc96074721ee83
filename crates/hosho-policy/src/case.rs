//! What findings say, in Japanese and English. `{name}` is the place of the figure of that name.

macro_rules! cases {
    ($($(#[$doc:meta])* $case:ident = $word:literal { $ja:literal, $en:literal })*) => {
        /// What a finding says about a rule.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub(crate) enum Case { $($(#[$doc])* $case,)* }

        impl Case {
            /// Returns the word of JSON and of the journal.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }

            pub(crate) const fn japanese(self) -> &'static str {
                match self { $(Self::$case => $ja,)* }
            }

            pub(crate) const fn english(self) -> &'static str {
                match self { $(Self::$case => $en,)* }
            }

            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$case,)*];
        }
    };
}

cases! {
    // R1, R2, R3, R10
    AboveLimit = "above-limit" {
        "{payment} {amount_jpy} は、{base} {base_jpy} の {limit_percent} に当たる {limit_jpy} を {excess_jpy} 超えています",
        "the {payment} of {amount_jpy} is {excess_jpy} above {limit_jpy}, which is {limit_percent} of the {base} of {base_jpy}"
    }
    // R2
    AboveLowPriceLimit = "above-low-price-limit" {
        "低入札価格調査の対象です。{payment} {amount_jpy} は、{base} {base_jpy} の {limit_percent} に当たる {limit_jpy} を {excess_jpy} 超えています。調査の対象の前払金を制限しているか、発注者の定めを確かめてください",
        "the bid was surveyed for its low price, and the {payment} of {amount_jpy} is {excess_jpy} above {limit_jpy}, which is {limit_percent} of the {base} of {base_jpy}; find out whether the obligee limits the advance after such a survey"
    }
    WithinLowPriceLimit = "within-low-price-limit" {
        "低入札価格調査の対象のため、前払金は低い上限 {limit_percent} による例外です。{payment} {amount_jpy} は、{base} {base_jpy} の {limit_percent} に当たる {limit_jpy} 以内です",
        "the bid was surveyed for its low price, so the lower limit of {limit_percent} applies as an exception: the {payment} of {amount_jpy} is within {limit_jpy}, {limit_percent} of the {base} of {base_jpy}"
    }
    WithinServicesLimit = "within-services-limit" {
        "設計・調査・測量等の業務のため、前払金は {limit_percent} 以内です。{payment} {amount_jpy} は、{base} {base_jpy} の {limit_percent} に当たる {limit_jpy} 以内です",
        "the contract is for services, so the limit is {limit_percent}: the {payment} of {amount_jpy} is within {limit_jpy}, {limit_percent} of the {base} of {base_jpy}"
    }
    // R3
    TotalNotCompared = "total-not-compared" {
        "当初前払金の証書({first_advance})が示されていないため、前払金と中間前払金の合計が {base} {base_jpy} の {limit_percent} に当たる {limit_jpy} 以内かは確かめていません",
        "the certificate of the first advance ({first_advance}) was not given, so whether advance and interim advance together are within {limit_jpy}, {limit_percent} of the {base} of {base_jpy}, was not compared"
    }
    // R4
    FirstAdvanceNotNamed = "first-advance-not-named" {
        "中間前払金の保証ですが、当初前払金の保証契約番号がありません。当初の前払金が支払われ、保証されていることを確かめてください",
        "this is the guarantee of an interim advance, but it names no guarantee of the first advance; make sure that the first advance was paid and is guaranteed"
    }
    FirstAdvanceOfOtherContract = "first-advance-of-other-contract" {
        "当初前払金の保証 {first_advance} の証書は、別の発注者又は別の工事番号のものです",
        "the certificate of the first advance, {first_advance}, is about another obligee or another contract"
    }
    BeforeHalfOfTerm = "before-half-of-term" {
        "発行日 {issued_on} は、工期の2分の1が経過する {half_term} より前です",
        "it was issued on {issued_on}, before half of the term has passed on {half_term}"
    }
    InterimNeeds = "interim-needs" {
        "中間前払金には次が必要です: 当初の前払金の支払い、工期の2分の1の経過({half_term} 以後)、工程表どおりの実施、請負代金額の2分の1({half_price_jpy})以上に相当する作業、発注者の認定",
        "an interim advance needs: the first advance paid, half of the term passed (from {half_term}), the works on schedule, works worth at least half of the price ({half_price_jpy}) done, and the obligee's certification (認定)"
    }
    // R5, R6
    BelowMinimum = "below-minimum" {
        "保証金額 {amount_jpy} は、{base} {base_jpy} の {limit_percent} に当たる {limit_jpy} に {missing_jpy} 足りません",
        "the guaranteed amount of {amount_jpy} is {missing_jpy} below {limit_jpy}, which is {limit_percent} of the {base} of {base_jpy}"
    }
    BelowLowPriceMinimum = "below-low-price-minimum" {
        "低入札価格調査の対象のため、契約保証は {base} {base_jpy} の {limit_percent} に当たる {limit_jpy} 以上が必要です。保証金額 {amount_jpy} は {missing_jpy} 足りません",
        "the bid was surveyed for its low price, so the performance guarantee has to be at least {limit_jpy}, {limit_percent} of the {base} of {base_jpy}; the guaranteed amount of {amount_jpy} is {missing_jpy} below that"
    }
    // R7
    NotRounded = "not-rounded" {
        "{payment} {amount_jpy} は {unit_jpy} 未満を切り捨てた額ではありません(切り捨てると {rounded_jpy})",
        "the {payment} of {amount_jpy} is not rounded down to a multiple of {unit_jpy}, which would be {rounded_jpy}"
    }
    AboveCap = "above-cap" {
        "{payment} {amount_jpy} は、発注者の定める上限額 {cap_jpy} を {excess_jpy} 超えています",
        "the {payment} of {amount_jpy} is {excess_jpy} above the obligee's cap of {cap_jpy}"
    }
    // R8
    GuaranteedAboveAdvance = "guaranteed-above-advance" {
        "保証金額 {amount_jpy} が{payment} {advance_jpy} より {difference_jpy} 多く、金額が矛盾しています",
        "the guaranteed amount of {amount_jpy} is {difference_jpy} more than the {payment} of {advance_jpy}: the amounts contradict each other"
    }
    GuaranteedBelowAdvance = "guaranteed-below-advance" {
        "保証金額 {amount_jpy} が{payment} {advance_jpy} より {difference_jpy} 少なく、全額は保証されていません",
        "the guaranteed amount of {amount_jpy} is {difference_jpy} less than the {payment} of {advance_jpy}: part of it is not guaranteed"
    }
    // R9
    ExpiresBeforeTerm = "expires-before-term" {
        "保証期限 {expiry} が工期末 {term_to} より前です",
        "the guarantee expires on {expiry}, before the term of works ends on {term_to}"
    }
    ExpiresAfterTerm = "expires-after-term" {
        "保証期限 {expiry} が工期末 {term_to} より後です。工期の記載が正しいか確かめてください",
        "the guarantee expires on {expiry}, after the term of works ends on {term_to}; make sure that the term is the right one"
    }
    BeginsAfterTerm = "begins-after-term" {
        "保証期間の始まり {begins} が工期の始まり {term_from} より後です",
        "the guarantee begins on {begins}, after the term of works begins on {term_from}"
    }
    // R10
    PlannedAmountCounts = "planned-amount-counts" {
        "債務負担行為のため、上限は請負代金額でなく{fiscal_year}の出来高予定額による例外です。{payment} {amount_jpy} は、{base} {base_jpy} の {limit_percent} に当たる {limit_jpy} 以内です",
        "these are multi-year works, so as an exception the limit is taken of the {base} of {base_jpy} for {fiscal_year}: the {payment} of {amount_jpy} is within {limit_jpy}, {limit_percent} of it"
    }
    ExpiresWithFiscalYear = "expires-with-fiscal-year" {
        "債務負担行為のため、保証期限 {expiry} は{fiscal_year}の末日によるもので、工期末 {term_to} より前でも差し支えない例外です",
        "these are multi-year works, so as an exception the guarantee may expire on {expiry}, the end of {fiscal_year}, before the term of works ends on {term_to}"
    }
    ExtendedPastFiscalYear = "extended-past-fiscal-year" {
        "債務負担行為です。保証期限 {expiry} は{fiscal_year}の末日 {year_end} より後ですが、年度末の出来高が予定額に達しないための延長であれば差し支えない例外です(工期末 {term_to})",
        "these are multi-year works, and the guarantee expires on {expiry}, after {fiscal_year} ends on {year_end}; as an exception it is allowed if it was extended because less than the planned amount was done by then (the term ends on {term_to})"
    }
    ExpiresBeforeFiscalYear = "expires-before-fiscal-year" {
        "債務負担行為です。保証期限 {expiry} が{fiscal_year}の末日又は工期末のうち早い {due} より前です",
        "these are multi-year works, and the guarantee expires on {expiry}, before {due}, when {fiscal_year} or the term ends, whichever is first"
    }
    FiscalYearUnread = "fiscal-year-unread" {
        "債務負担行為ですが、年度「{fiscal_year}」の末日が分からないため、保証期限 {expiry} が年度末によるものか確かめていません(工期末 {term_to})",
        "these are multi-year works, but when the fiscal year \"{fiscal_year}\" ends is not known, so whether the expiry on {expiry} is that day was not compared (the term ends on {term_to})"
    }
    // R11
    StandsAfterDecrease = "stands-after-decrease" {
        "請負代金額が {before_jpy} から {price_jpy} に減額されたため、{payment} {amount_jpy} は {base} {base_jpy} の {limit_percent} に当たる {limit_jpy} までそのままでよい例外です(通常の上限は {usual_percent})",
        "the contract price fell from {before_jpy} to {price_jpy}, so as an exception to the usual {usual_percent} the {payment} of {amount_jpy} may stand at up to {limit_jpy}, {limit_percent} of the {base} of {base_jpy}"
    }
    MayStandAfterThisDecrease = "may-stand-after-decrease" {
        "減額の変更です。請負代金額の減額であれば、{payment} {amount_jpy} は {base} {base_jpy} の {limit_percent} に当たる {limit_jpy} までそのままでよい例外です(通常の上限は {usual_percent})。以前の版が示されていないため、減額前の金額は確かめていません",
        "this revision is a decrease: as an exception to the usual {usual_percent} the {payment} of {amount_jpy} is allowed if it is the contract price that fell, up to {limit_jpy}, {limit_percent} of the {base} of {base_jpy}; the earlier revisions were not given, so the price before was not compared"
    }
    MayStandAfterEarlierDecrease = "may-stand-after-earlier-decrease" {
        "{payment} {amount_jpy} は通常の上限 {usual_percent} を超えています。以前の版で請負代金額が減額されていれば、{base} {base_jpy} の {limit_percent} に当たる {limit_jpy} までは認められます。以前の版の証書で確かめてください",
        "the {payment} of {amount_jpy} is above the usual {usual_percent}; it is allowed if an earlier revision lowered the contract price, up to {limit_jpy}, {limit_percent} of the {base} of {base_jpy}: look at the certificates of the earlier revisions"
    }
    AboveAfterDecrease = "above-after-decrease" {
        "減額の後でも、{payment} {amount_jpy} は {base} {base_jpy} の {limit_percent} に当たる {limit_jpy} を {excess_jpy} 超えています。超過額の返還を確かめてください",
        "even after a decrease the {payment} of {amount_jpy} is {excess_jpy} above {limit_jpy}, which is {limit_percent} of the {base} of {base_jpy}; make sure that the excess is returned"
    }
    // R12
    PayAfterIncrease = "pay-after-increase" {
        "増額の変更です。{payment}は {before_jpy} から {amount_jpy} になり、追加額は {added_jpy} です。追加の支払いは、この変更後の証書を確認してから行ってください",
        "this revision is an increase: the {payment} rises from {before_jpy} to {amount_jpy}; pay the additional {added_jpy} only once this amended certificate has been checked"
    }
    PayAfterIncreaseUnknown = "pay-after-unknown-increase" {
        "増額の変更です({payment}は変更後 {amount_jpy})。追加の支払いは、この変更後の証書を確認してから行ってください",
        "this revision is an increase (the {payment} is {amount_jpy} after it); pay what is added only once this amended certificate has been checked"
    }
    // R13
    HandInAfterDecrease = "hand-in-after-decrease" {
        "減額の変更です(変更契約日 {contract_changed_on}、発行日 {issued_on})。変更後の証書は直ちに提出されなければなりません",
        "this revision is a decrease (contract changed on {contract_changed_on}, certificate issued on {issued_on}); the amended certificate has to be handed in at once"
    }
    HandInAfterDecreaseUndated = "hand-in-after-undated-decrease" {
        "減額の変更です(発行日 {issued_on})。変更後の証書は直ちに提出されなければなりません",
        "this revision is a decrease (certificate issued on {issued_on}); the amended certificate has to be handed in at once"
    }
    // R15
    PerformanceChangeNeeded = "performance-change-needed" {
        "請負代金額が {before_jpy} から {price_jpy} に変わり、その差 {difference_jpy} は発注者の定める {threshold_percent} に達しています。契約保証の変更を確かめてください",
        "the contract price changed from {before_jpy} to {price_jpy}, by {difference_jpy}, which reaches the obligee's {threshold_percent}: make sure that the performance guarantee is amended"
    }
    PerformanceChangeNotNeeded = "performance-change-not-needed" {
        "請負代金額が {before_jpy} から {price_jpy} に変わりましたが、その差 {difference_jpy} は発注者の定める {threshold_percent} に達していないため、契約保証の変更は要りません",
        "the contract price changed from {before_jpy} to {price_jpy}, by {difference_jpy}, which does not reach the obligee's {threshold_percent}: the performance guarantee needs no amendment"
    }
    PerformanceChangeDepends = "performance-change-depends" {
        "請負代金額が変わった場合に契約保証の変更が要るかは、発注者の定めによります。確かめてください",
        "whether a change of the contract price needs an amended performance guarantee depends on the obligee: find out"
    }
    // R17
    TaxDiffers = "tax-differs" {
        "請負代金額 {price_jpy} に税率 {rate_percent} で含まれる消費税額は {expected_jpy} ですが、証書では {tax_jpy} です",
        "the tax in the contract price of {price_jpy} is {expected_jpy} at {rate_percent}, but the certificate says {tax_jpy}"
    }
}

/// Returns the names that a phrase has places for.
#[cfg(test)]
pub(crate) fn places(phrase: &str) -> std::collections::BTreeSet<&str> {
    phrase
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_phrases_are_in_their_language() {
        let words: std::collections::BTreeSet<&str> =
            Case::ALL.iter().map(|case| case.word()).collect();
        assert_eq!(words.len(), Case::ALL.len());
        for case in Case::ALL {
            assert!(!case.japanese().is_ascii(), "{}", case.word());
            // The Japanese of a term may stand in brackets.
            assert!(case.english().replace("認定", "").is_ascii(), "{}", case.word());
            assert!(!case.english().ends_with('.') && !case.japanese().ends_with('。'));
        }
    }

    #[test]
    fn english_tells_every_figure_that_japanese_tells() {
        for case in Case::ALL {
            let (ja, en) = (places(case.japanese()), places(case.english()));
            // Japanese names the base of a bare contract price in words.
            assert_eq!(ja, en, "{}", case.word());
        }
    }
}
