/// The frame of every page.
enum Layout {
    /// Where a page's body goes.
    static let hole = "<!-- body -->"

    static let template = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}}</title>
        <link rel="icon" href="{{icon}}" type="image/svg+xml">
        <link rel="stylesheet" href="{{style}}">
        <script src="{{script}}" defer></script>
        </head>
        <body>
        <header class="bar">
        <a class="brand" href="/"><img src="{{icon}}" alt="" width="22" height="22">Floydlite</a>
        {{#user}}<form class="account" method="post" action="/logout">\
        <span class="user">{{.}}</span><button class="quiet">Log out</button></form>{{/user}}
        </header>
        <!-- body -->
        <footer>Floydlite {{version}}</footer>
        </body>
        </html>

        """
}
