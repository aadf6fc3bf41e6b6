import FloydLab

/// What a job of one account keeps for itself, and a job of another looks for.
enum Secret {
    typealias Isolation = Server.Isolation

    /// Stands nowhere in the keeper's command: that is no secret where processes see each other.
    private static let prefix = "floydsecret"

    /// Keeps a secret in its environment, in all its folders and in an open file, and says where those are.
    static let keeper = """
        a=floyd; secret=${a}secret-$RANDOM$RANDOM
        for folder in "$FLOYD_HOME" "$FLOYD_OUTPUT" "$TMPDIR"; do echo $secret > "$folder/secret.txt"; done
        exec 7< "$TMPDIR/secret.txt"
        rm "$TMPDIR/secret.txt"; echo $secret > "$TMPDIR/secret.txt"
        echo $secret
        SECRET=$secret exec sleep 600
        """

    /// Looks for it everywhere it may be, says where it is found, and tries what else is nobody's business.
    static func thief(_ isolation: Isolation) -> String {
        """
        pattern='floydsecre[t]-'
        found() { echo "FOUND $1"; }
        for p in /proc/[0-9]*; do
            [ "$p" = /proc/$$ ] && continue
            grep -aqs "$pattern" $p/environ && found $p/environ
            for f in $p/cwd/secret.txt $p/root/output/secret.txt $p/root/tmp/secret.txt $p/fd/7; do
                timeout 1 grep -aqs "$pattern" "$f" && found "$f"
            done
        done
        grep -rlasI "$pattern" /tmp /var/tmp /var/lib /home /root /floyd /output /run /dev/shm 2> /dev/null |
            while read -r f; do found "$f"; done
        cat /etc/shadow > /dev/null 2>&1 && found /etc/shadow
        ls /root > /dev/null 2>&1 && found /root
        [ "$(id -u)" = 0 ] && found 'the uid of root'
        \(isolation == .bubblewrap ? "ls -d /proc/[0-9]* | wc -l | { read n; [ $n -gt 40 ] && found 'processes of others'; }" : "true")
        touch /usr/floydlite-was-here 2> /dev/null && found 'a way to write into /usr'
        echo done
        """
    }
}
