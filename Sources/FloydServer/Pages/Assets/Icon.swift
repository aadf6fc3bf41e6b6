/// A queue of three: one runs, two wait.
enum Icon {
    static let text = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
        <rect x="2" y="3" width="20" height="5" rx="2.5" fill="#2f9e77"/>
        <rect x="2" y="10" width="14" height="5" rx="2.5" fill="#8aa0b5"/>
        <rect x="2" y="17" width="9" height="5" rx="2.5" fill="#8aa0b5" opacity=".6"/>
        </svg>

        """
}
