use askama::Template;
use axum::response::Response;
use hosho_web::{Lang, Problem, View};

#[derive(Template)]
#[template(path = "help.html")]
struct Help {
    lang: Lang,
}

pub(super) async fn show(view: View) -> Result<Response, Problem> {
    let lang = view.lang();
    let title = lang.pick("使い方と言葉の説明", "How it works, and what the words mean");
    view.page(title).show(&Help { lang })
}
