//! 日本語。

use hosho::{ChangeKind, GuaranteeKind};

use super::{Audit, Catalogue, Explanation, Fields};
use crate::check::answer::Part;
use crate::outcome::Outcome;

pub(super) static CATALOGUE: Catalogue = Catalogue {
    note: "注意",
    paper_is_copy: "これはお客様控えです。提出されるべきものは「認証キー等のお知らせ」です",
    copy_with_key: "これはお客様控えで、認証キーで開くものではありません。請負者に「認証キー等のお知らせ」の PDF を求めてください",
    report_bundle: "信頼バンドル",
    report_snapshot: "状態一覧",
    armor_damaged: "テキスト形式が崩れています。BEGIN から END まで、元のまま写し取ってください",
    no_clock: "この機械の時計から時刻が得られません。時計を合わせるか --now TIME を指定してください",
    number_missing: "--number に「認証キー等のお知らせ」の保証契約番号を指定してください。証書は、確認したい保証のものであるときだけ受け入れます",
    number_folding: "--number が保証契約番号の形ではありません。「認証キー等のお知らせ」のとおり、数字・英字・ハイフンで入力してください",
    ask_number: "保証契約番号: ",
    ask_key: "認証キー(表示しません): ",
    key_missing: "封をした証書です。「認証キー等のお知らせ」の認証キーを書いたファイルを --auth-key-file で指定してください",
    key_file: "認証キーのファイルを使えません: {}",
    bundle_refused: "信頼バンドルとして使えません。保証事業会社の現行の信頼バンドルを、既に知っている経路で入手してください",
    bundle_overdue: "{} の信頼バンドルは {} が更新期日でした。次の信頼バンドルを、既に知っている経路で入手してください",
    bundles_disputed: "{} の信頼バンドルが互いに続いていないため({})、どれも使いません: {}。初めから信頼しているものだけを残し、hosho-verify trust update で一段ずつ更新してください",
    no_bundle: "信頼バンドルがありません",
    snapshot_refused: "状態一覧として使えないため、無視します",
    no_snapshot_in_folder: "状態一覧がありません",
    proof_refused: "包含証明として使えないため、無視します",
    later_refused: "後の版として使えません(証書でないか、別の認証キーで封をされています)。無視します",
    related_refused: "保証事業会社の真正な署名済み証書ではないため、照合に使いません",
    bundle_regressed: "{} の信頼バンドルは、以前に通し番号 {} を見ていますが、指定されたものは {} です({})。最新のものを --trust で指定してください",
    remembered_damaged: "書き込んだときの内容ではありません。見たものの記録が壊れています。控えから戻すか、別のファイルを指定し、手元の最新の状態一覧と信頼バンドルを指定してください",
    remembered_first: "{} がまだないので、初回として扱います(以前に見たものはありません)。初回でなければ、ファイルを探してください",
    trust_inside_nothing: "--trust-inside は証拠ファイルにだけ使えます。証書には --trust で保証事業会社の信頼バンドルを指定してください",
    trust_inside_other: "中の最初の信頼バンドルのルート鍵は、--trust-inside の指紋のものではありません。指紋を一桁ずつ照合してください",
    tsa_refused: "PEM 形式のルート証明書ではありません。時刻認証局のルート証明書を、既に知っている経路で入手してください",
    timestamp_not_asked: "証拠ファイルのタイムスタンプは調べていません。時刻認証局のルート証明書を --tsa で指定してください",
    timestamp_future: "タイムスタンプの時刻 {} は現在({})より後です。時計と、指定していれば --now を確かめてください",
    timestamp_missing: "調べるタイムスタンプがありません",
    timestamp_refused: "タイムスタンプは何も証明しません({})。判定はこれに基づきません",
    files_passed_over: "ほかの {} 個のファイルは読み飛ばしました",
    too_many_files: "フォルダの先頭 {} 個のファイルだけを調べました",
    asked_for: "{} について",
    checked: "確認",
    checked_signature: "保証事業会社 {} の署名(鍵 {})",
    checked_number: "保証契約番号は指定のとおり",
    checked_obligee: "発注者は指定のとおり",
    checked_key: "認証キーはこの証書のもの",
    checked_status: "状態は {} 時点",
    status_not_asked: "状態一覧は使っていません",
    obligee_not_asked: "発注者は照合していません(--obligee)",
    ask_which_snapshot: "どちらが本物の状態一覧かを、既に知っている経路で保証事業会社に確かめ、その一つだけを指定してください。",
    next_step: "次に",
    reason: "理由",
    at_byte: "{}バイト目",
    group: "認証キーの第{}群を見直してください",
    certificate: "証書",
    certificate_refused: "この証書の内容",
    revision_line: "第{}版",
    newest_revision: "最新は第{}版です",
    terminated_from: "{} から解約",
    voided_as_of: "{} 付けで取消",
    tax_of: "{}(うち消費税 {})",
    policy: "発注者の定めとの照合(判定は変わりません)",
    policy_silent: "指摘はありません",
    timestamp_at: "タイムスタンプ: 指定の時刻認証局によれば、この全体が {} より前に存在しました",
    timestamp_and_theft: "  保証事業会社は、鍵が {} から盗まれていたおそれがあるとしています。両方を保証事業会社に示してください。判定は変わりません。",
    fields: Fields {
        kind: "保証の種類",
        number: "保証契約番号",
        revision: "版",
        issued_on: "発行日",
        guarantor: "保証事業会社",
        obligee: "発注者",
        contractor: "請負者",
        members: "共同企業体",
        contract_number: "工事番号",
        work: "工事名",
        site: "工事場所",
        concluded_on: "請負契約締結日",
        term: "工期",
        price: "請負代金額",
        multi_year: "債務負担行為",
        low_price_survey: "低入札価格調査",
        low_price_survey_made: "実施",
        advance: "前払金額",
        first_advance: "当初前払金の保証",
        amount: "保証金額",
        period: "保証期間",
        terms: "約款",
        change: "変更",
        change_reason: "変更の理由",
        contract_changed_on: "変更契約日",
        effective_from: "効力の始まり",
    },
    trust_shown: "このファイルのルート鍵で署名されています。それが保証事業会社のものであるかは、ファイルの入手経路だけが示します",
    trust_of: "{} の信頼バンドル、通し番号 {}",
    trust_times: "作成 {}、更新期日 {}",
    trust_print: "信頼バンドルの指紋  {}",
    trust_roots: "ルート鍵の指紋({} 個の署名 / 全 {} 個)  {}",
    trust_key: "鍵 {}  {}  {} から {} まで",
    role_certificate: "証書",
    role_status: "状態一覧",
    role_publish: "公開",
    key_retired: "  {} に使用終了: {}",
    key_stolen: "  {} から盗難のおそれ: {}",
    trust_updated: "{} の信頼バンドルを通し番号 {} から {} へ更新しました: {}",
    trust_refused: "手元の信頼バンドルの正しい後継ではありません。手元のものを使い続け、既に知っている経路で保証事業会社に確かめてください",
    trust_current: "通し番号 {} は手元の信頼バンドルより新しくないため、読み飛ばします",
    trust_newest: "既に最新です(通し番号 {})。更新の必要はありません",
    trust_gap: "信頼バンドル {} がありません。更新は一つずつしか進められません。保証事業会社から入手し、--new に加えてください",
    trust_gap_of_several: "信頼バンドル {} から {} までがありません。更新は一つずつしか進められません。保証事業会社から入手し、--new に加えてください",
    audit: Audit {
        sealed: "封あり(未開封)",
        summary: "{} の集計",
        certificates: "証書",
        sealed_count: "封あり(未開封)",
        only_sealed: "判定した証書はありません。封のある証書は一つずつ hosho-verify check FILE --number N --auth-key-file KEY で開くか、--keys FILE で認証キーを渡してください",
        sealed_left: "封のある証書 {} 通は開いておらず、何も分かりません。--keys FILE で認証キーを渡してください",
        keys_missing: "封のある証書 {} 通がどの認証キーでも開かず、監査の結論が出ません。--keys のファイルに認証キーを足し、もう一度実行してください",
        nothing_found: "証書が一つも見つからず、何も判定していません。場所を確かめてください。フォルダ内のリンクはたどりません。zip は先に展開してください",
        skipped_count: "読み飛ばしたほかのファイル",
        chains: "変更の連なりを調べた保証",
        gap: "{}: 第{}版がここにありません",
        gap_of_several: "{}: 第{}版から第{}版までがここにありません",
        broken: "{}: 第{}版は第{}版に続いていません(E6-CHAIN)",
        fork: "{}: 第{}版に異なる証書が二つあります",
        newer: "{}: 状態一覧にある第{}版がここにありません",
        too_deep: "これより下のフォルダは読みません",
        folder_unreadable: "フォルダを読めません: {}。読み取りの権限を確かめてください",
        totals: "{} に有効な保証(発注者・種類別)",
        total_of: "{} 件 / 全 {} 件",
        finding_count: "発注者の定めの指摘: {}",
        keys_open_to_others: "ほかの人も読める認証キーのファイルです。権限を外し(chmod 600)、もう一度実行してください",
        keys_line: "{} 行目が「番号,認証キー」の形ではありません。お知らせと見比べて直してください",
        ledger: "台帳",
        ledger_rows: "行",
        ledger_agree: "有効な証書と一致",
        ledger_row: "{} 行目",
        ledger_difference: "{}: 台帳は {}、証書は {}",
        ledger_ambiguous: "この番号の保証が複数の保証会社にあります。保証会社の列を設け、それぞれに行を置いてください",
        ledger_different: "台帳と証書が違います",
        ledger_governing_missing: "変更前の証書だけがあり、効力のある版がありません",
        ledger_no_certificate: "この番号の証書がありません",
        ledger_no_row: "この保証の行が台帳にありません",
        ledger_not_in_force: "一致していますが、その日に有効ではありません",
        ledger_twice: "同じ番号の行が前にあります",
        ledger_column_twice: "同じ意味の列が二つあります: {}。一つを消すか、--ignore-column で指定してください",
        ledger_column_unknown: "列「{}」の意味が分かりません。列名を直すか(docs/audit.md に一覧)、--ignore-column で指定してください",
        ledger_no_number: "保証契約番号の列がありません。列名を「保証契約番号」か number にしてください",
        ledger_form: "{} 行目のセルの数が見出しと違うか、引用符が閉じていません。直してください",
        ledger_not_utf8: "{} 行目が UTF-8 ではありません。台帳を「CSV UTF-8」で保存してください",
        ledger_row_too_large: "{} 行目が台帳の行として大きすぎます。閉じていない引用符がないか確かめてください",
        state_foreign: "監査の途中経過ではないため、触れません。別のファイルを指定してください",
        state_locked: "ほかの監査が使っています。終わるのを待つか、別のファイルを指定してください",
        state_no_place: "途中経過を始められません: {}",
        state_other: "{} が始めたときと違います。同じ指定で実行するか、新しいファイルを指定して最初から始めてください",
        state_and_input: "標準入力の監査は途中から続けられません。--state を外してください",
        interrupted: "中断しました。同じコマンドで {} から続けられます",
    },
    no_evidence: "証拠ファイルではありません。hosho-verify evidence make で作成してください",
    evidence_extracted: "ここの信頼バンドルは証書とともに届いたものです。別の経路で指紋を確かめずに信頼しないでください",
    evidence_not_genuine: "証拠ファイルは書き込みません",
    evidence_written: "{}: {} バイト、現在の判定 [{}]\nタイムスタンプの対象(SHA-256): {}",
    evidence_chain: "以前の版がそろっていないか、署名済みの証書でないファイルがあります。第1版からの証書を --earlier で指定してください",
    evidence_bundles: "ファイルの中の信頼バンドルと指定されたものが順につながりません。その間のものも --trust で指定するか、hosho-verify evidence extract で取り出して作り直してください",
    evidence_begins_late: "ファイルの中の最初の信頼バンドルは通し番号 {} です。通し番号 {} 以降のものを信頼している人か、そのルート鍵の組の指紋(組を交換すると変わります)を知っている人が確かめられます。より古いものを信頼している人のためには、以前の信頼バンドルも --trust で指定してください",
    evidence_goes_stale: "{} については {} までしか答えられません。状態一覧がその日の終わる前に作られたためです。いつまでも答えが変わらないようにするには、翌日の午前0時(日本時間)以降に作られた状態一覧で作り直してください",
    evidence_too_large: "証拠ファイルに収まりません。不要な状態一覧や以前の版を除いてください",
    evidence_timestamp_wrong: "タイムスタンプを使いません({})。タイムスタンプのない証拠ファイル(SHA-256 {})に対するものを取得してください",
    evidence_token_dropped: "元のタイムスタンプは別の内容に対するものなので除きます。新しいものを取得してください",
    vectors_none: "テストベクタがありません。test-vectors フォルダを指定してください",
    vectors_skipped: "{} 件は対象外(発行側)",
};

pub(super) const fn explain(outcome: Outcome) -> Explanation {
    let (headline, advice) = match outcome {
        Outcome::InForce => ("真正で、有効です", ""),
        Outcome::Superseded => {
            ("真正ですが、別の版が効力を持ちます", "効力を持つ版の証書を請負者に求めてください。")
        }
        Outcome::Voided => (
            "真正ですが、取消し済みです(初めから効力がありません)",
            "この証書を根拠にせず、新たな保証を請負者に求めてください。",
        ),
        Outcome::Terminated => (
            "真正ですが、解約済みです",
            "解約より前の日だけが保証されます。必要なら新たな保証を請負者に求めてください。",
        ),
        Outcome::Expired => (
            "真正ですが、保証期間が過ぎています",
            "工事が続くなら期間延長の保証を請負者に求めてください。以前の日については --on DATE で確認できます。",
        ),
        Outcome::NotYetInForce => (
            "真正ですが、まだ効力がありません",
            "保証期間の初日以後に改めて確認してください。--on DATE でその日について確認できます。",
        ),
        Outcome::StatusUnknown => (
            "真正ですが、有効かどうか分かりません",
            "保証事業会社の最新の状態一覧を、既に知っている経路で入手し、--status で指定してください。",
        ),
        Outcome::StatusStale => (
            "真正ですが、状態一覧が古く、有効かどうか分かりません",
            "保証事業会社の最新の状態一覧を、既に知っている経路で入手してください。",
        ),
        Outcome::KeyUnknown => (
            "判断できません: 署名した鍵が信頼バンドルにありません",
            "保証事業会社の最新の信頼バンドルを、既に知っている経路で入手してください(hosho-verify trust update)。",
        ),
        Outcome::KeyCompromised => (
            "判断できません: 署名した鍵は盗まれたものです",
            "既に知っている経路で保証事業会社に包含証明を求め、--proof で指定してください。",
        ),
        Outcome::TrustUnusable => (
            "判断できません: 使える信頼バンドルがありません",
            "既に知っている経路で入手した保証事業会社の信頼バンドルを指定してください。",
        ),
        Outcome::Unreadable => (
            "読み取れません: 証書のデータではありません",
            "受け取った .hosho ファイルを指定するか、送り直しを求めてください。",
        ),
        Outcome::NotGenuine => (
            "真正ではありません",
            "信用しないでください。書面にある連絡先ではなく、既に知っている経路で保証事業会社に確かめてください。",
        ),
        Outcome::OtherGuarantee => (
            "真正ですが、別の保証のものです",
            "入力した番号を「認証キー等のお知らせ」と見比べてください。正しければ、正しい証書を求めてください。",
        ),
        Outcome::OtherObligee => {
            ("真正ですが、被保証者が別の発注者です", "貴機関あての証書を請負者に求めてください。")
        }
        Outcome::KeyDoesNotFit => (
            "認証キーがこの証書のものではありません",
            "番号と認証キーを「認証キー等のお知らせ」と見比べてください。再発行後は最新の認証キーだけが使え、以前の版には、その後のすべての版を --later で指定します。",
        ),
        Outcome::KeyMistyped => (
            "認証キーに入力の誤りがあります",
            "「認証キー等のお知らせ」と一群ずつ見比べてください。",
        ),
    };
    Explanation { headline, advice }
}

pub(super) const fn kind_name(kind: GuaranteeKind) -> &'static str {
    match kind {
        GuaranteeKind::Advance => "前払金保証",
        GuaranteeKind::Interim => "中間前払金保証",
        GuaranteeKind::Performance => "契約保証",
    }
}

pub(super) const fn change_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Increase => "増額",
        ChangeKind::Decrease => "減額",
        ChangeKind::Extension => "期間延長",
        ChangeKind::Shortening => "期間短縮",
        ChangeKind::Correction => "訂正",
        ChangeKind::Novation => "名義変更",
        ChangeKind::Termination => "解約",
        ChangeKind::Voidance => "取消",
        ChangeKind::Rekey => "認証キー再発行",
    }
}

pub(super) const fn part_name(part: Part) -> &'static str {
    match part {
        Part::Bundle => "信頼バンドル",
        Part::Certificate => "証書",
        Part::Proof => "包含証明",
        Part::Snapshot => "状態一覧",
    }
}

/// 証書以外のファイルについて、規則の意味。
pub(super) fn part_phrase(code: &str) -> Option<&'static str> {
    Some(match code {
        "E1-IO" => "{}を読み取れません",
        "E1-TOO-LARGE" => "{}としては大きすぎます",
        "E1-NOT-A-FILE" => "{}として指定されたものは通常のファイルではありません",
        "E1-NOT-RECOGNISED" => "{}のデータの始まり方ではありません",
        "E5-SIGNATURE" => "{}の署名が一致しません",
        "E5-KEY-UNKNOWN" => "{}に署名した鍵が、どの信頼バンドルにもありません",
        "E5-KEY-ROLE" => "{}に署名できない鍵で署名されています",
        "E5-KEY-WINDOW" => "{}が、鍵の使用期間の外で署名されています",
        "E5-KEY-COMPROMISED" => "{}に署名した鍵は、盗難とされています",
        _ if code.starts_with("E3-") => "{}のただ一つの形に合いません",
        _ if code.starts_with("E6-") => "{}の内容が書式の規則に反します",
        _ => return None,
    })
}

pub(super) fn code_phrase(code: &str) -> Option<&'static str> {
    Some(match code {
        "E1-IO" => "ファイルを読み取れません",
        "E1-TOO-LARGE" => "証書としては大きすぎます",
        "E1-NOT-A-FILE" => "通常のファイルではありません",
        "E1-NOT-RECOGNISED" => "証書のデータの始まり方ではありません",
        "E1-ARCHIVE" => "アーカイブが壊れているか途中で切れています",
        "E1-ARMOR" => "テキスト形式が崩れています",
        "E2-LENGTH" => "認証キーは25文字です",
        "E2-SYMBOL" => "認証キーに使わない文字があります",
        "E2-CHECK" => "検査文字が合いません。どこかに入力の誤りがあります",
        "E2-VERSION" => "この形式の認証キーは 1 で始まります",
        "E4-OPEN" => "この認証キーでは開きません",
        "E5-SIGNATURE" => "署名が一致しません。書き換えか偽造です",
        "E5-KEY-UNKNOWN" => "どの信頼バンドルにもない鍵です",
        "E5-KEY-ROLE" => "この種類のデータに署名できない鍵です",
        "E5-KEY-WINDOW" => "鍵の使用期間の外で署名されています",
        "E5-KEY-COMPROMISED" => "盗難とされた鍵です",
        "E5-TIMESTAMP" => "タイムスタンプは何も証明しません",
        "E6-CHAIN" => "版が互いに続いていません",
        "E5-PROOF" => "包含証明が公示された値につながりません",
        "E5-OTHER-GUARANTEE" => "番号が指定と異なります",
        "E5-OTHER-OBLIGEE" => "発注者が指定と異なります",
        "E7-NO-SNAPSHOT" => "状態一覧が指定されていません",
        "E7-OTHER-GUARANTOR" => "別の保証事業会社の状態一覧です",
        "E7-OTHER-LIST" => "別の一覧の状態です",
        "E7-NOT-ISSUED" => "状態一覧にこの証書がありません",
        "E7-CONFLICTING" => "同じ一覧・同じ通し番号で、内容の異なる状態一覧が二つあります",
        "E7-REKEYED" => {
            "認証キーが再発行されています。古いものは受け付けず、最新の証書と認証キーを求めてください"
        }
        "E7-STALE" => "状態一覧の更新期日を過ぎています",
        "E7-REGRESSED" => "以前に、より新しい状態一覧を見ています",
        _ if code.starts_with("E3-") => "証書のただ一つの形に合いません",
        _ if code.starts_with("E6-") => "内容が書式の規則に反します",
        "E8-PREVIOUS" | "E8-SEQUENCE" => "信頼バンドルが一つ前のものに続いていません",
        "E8-THRESHOLD" => "信頼バンドルに、必要なルート鍵の署名がありません",
        "E8-ROOTS" => "ルート鍵が指定されたものでないか、定められた形でありません",
        _ if code.starts_with("E8-") => "信頼バンドルが規則に反します",
        _ => return None,
    })
}
