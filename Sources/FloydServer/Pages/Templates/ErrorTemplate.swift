enum ErrorTemplate {
    static let body = """
        <main class="narrow">
        <section class="card">
        <p class="muted">{{status}}</p>
        <h1>{{failure}}</h1>
        {{#hint}}<p>{{.}}</p>{{/hint}}
        <p><a href="/">To the queue</a></p>
        </section>
        </main>
        """
}
