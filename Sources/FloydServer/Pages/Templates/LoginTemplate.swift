enum LoginTemplate {
    static let body = """
        <main class="narrow">
        <section class="card login">
        <h1>Log in</h1>
        {{#failure}}<p class="notice bad" role="alert">{{.}}</p>{{/failure}}
        <form method="post" action="/login">
        <input type="hidden" name="next" value="{{next}}">
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" spellcheck="false" required autofocus>
        <button class="primary">Log in</button>
        </form>
        <p class="muted">It is the token that <code>floydlite login</code> takes. Whoever runs this server makes one with
        <code>floydlited user add NAME</code>. Logging out ends this browser's session; the token stays good.</p>
        </section>
        </main>
        """
}
