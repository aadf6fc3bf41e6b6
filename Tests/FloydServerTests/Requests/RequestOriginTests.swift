import FloydCore
import FloydHTTP
import HTTPTypes
import Testing

@testable import FloydServer

@Suite("Where a request comes from")
struct RequestOriginTests {
    typealias Lines = [(HTTPField.Name, String)]

    private static let trusted = TrustedProxies(
        addresses: ["127.0.0.1", "::1", "10.0.0.0/8"].compactMap(AddressRange.init),
        includesUnixSockets: true
    )
    private static let local = Peer.unix(uid: 1000, gid: 1000, pid: 1)

    private static func origin(
        _ lines: Lines,
        from ip: String = "127.0.0.1",
        trusted: TrustedProxies = trusted
    ) -> RequestOrigin {
        origin(lines, from: .tcp(ip: ip, port: 4000), trusted: trusted)
    }

    private static func origin(_ lines: Lines, from peer: Peer, trusted: TrustedProxies = trusted) -> RequestOrigin {
        var fields = HTTPFields()
        for (name, value) in lines { fields.append(HTTPField(name: name, value: value)) }
        return RequestOrigin(peer: peer, fields: fields, trusted: trusted)
    }

    private static func seen(_ address: String, secure: Bool = false, _ host: String? = nil) -> RequestOrigin {
        RequestOrigin(address: address, isSecure: secure, host: host)
    }

    @Test(
        "as RFC 7239 writes it",
        arguments: [
            (#"for=192.0.2.60;proto=http;by=203.0.113.43"#, seen("192.0.2.60")),
            (#"For="[2001:db8:cafe::17]:4711""#, seen("2001:db8:cafe::17")),
            (#"for=192.0.2.43;proto=https"#, seen("192.0.2.43", secure: true)),
            (
                #"FOR=192.0.2.43;PROTO=HTTPS;HOST="Lab.Example:8443""#,
                seen("192.0.2.43", secure: true, "lab.example:8443")
            ),
            (#"for="192.0.2.43:47011";host="lab.example""#, seen("192.0.2.43", "lab.example")),
            (#"for="192.0.2.43:_x";proto="https""#, seen("192.0.2.43", secure: true)),
            (#"for="\1\9\2.0.2.43""#, seen("192.0.2.43")),
            (#"for="[::ffff:192.0.2.43]""#, seen("192.0.2.43")),
            // Spaces beside the semicolon, and empty elements, which many write.
            (#" for=192.0.2.43 ; proto=https ;, ,"#, seen("192.0.2.43", secure: true)),
            (#"for=192.0.2.43;ext="a,b;for=1.2.3.4""#, seen("192.0.2.43")),
            (#"proto=https"#, seen("127.0.0.1", secure: true)),
            // Names that only the proxy understands: nobody nearer than the proxy is known.
            (#"for=unknown;proto=https"#, seen("127.0.0.1", secure: true)),
            (#"for=_gazonk"#, seen("127.0.0.1")),
            (#"for="_SEVKISEK:_port""#, seen("127.0.0.1")),
            // Several hops: the last that isn't trusted; what stands before it was the client's to write.
            (#"for=192.0.2.43, for=198.51.100.17"#, seen("198.51.100.17")),
            (#"for=6.6.6.6;proto=https;host=evil, for=198.51.100.17;proto=http"#, seen("198.51.100.17")),
            (
                #"for=192.0.2.43;proto=https;host=a, for=10.0.0.7;proto=http;host=b"#,
                seen("192.0.2.43", secure: true, "a")
            ),
            (#"for=10.0.0.9, for=10.0.0.7"#, seen("10.0.0.9")),
            (#"for=6.6.6.6, for=_hidden;proto=https, for=10.0.0.7"#, seen("10.0.0.7", secure: true)),
        ]
    )
    func forwarded(line: String, expected: RequestOrigin) {
        #expect(Self.origin([(.forwarded, line)]) == expected)
    }

    @Test(
        "a malformed one is ignored as a whole",
        arguments: [
            "for=[::1]", "for=192.0.2.43:80", #"for="::1""#, #"for="[::1""#, #"for="[192.0.2.1]""#, "for=192.0.2",
            "for=", "for",
            #"for="192.0.2.43"#, #"for="192.0.2.43"x"#, "for=192.0.2.43;for=192.0.2.44", "for=192.0.2.43 proto=https",
            "for = 192.0.2.43", "for=host.example", #"for="192.0.2.43:123456""#, #"for="192.0.2.43:""#, "for=_", "=x",
            "for=192.0.2.43;proto=https;;=", #"for="\"#, #"for="[fe80::1%25eth0]""#, "proto=https, for=1.2.3.4.5",
            #"for=1.2.3.4, for=", for=192.0.2.43"#,
        ]
    )
    func malformed(line: String) {
        #expect(Self.origin([(.forwarded, line)]) == Self.seen("127.0.0.1"))
    }

    @Test("an empty one says nothing", arguments: ["", " ", ",", ";", " , ;; ,"])
    func empty(line: String) {
        #expect(Self.origin([(.forwarded, line)]) == Self.seen("127.0.0.1"))
    }

    @Test("several lines are one list, and what the client wrote before is never read")
    func lines() {
        #expect(
            Self.origin([(.forwarded, "for=6.6.6.6"), (.forwarded, "for=192.0.2.1;proto=https")])
                == Self.seen("192.0.2.1", secure: true)
        )
        #expect(
            Self.origin([(.forwarded, "for=192.0.2.1;proto=https"), (.forwarded, "for=10.1.1.1")])
                == Self.seen("192.0.2.1", secure: true)
        )
        #expect(Self.origin([(.forwarded, #"for=""#), (.forwarded, "for=192.0.2.1")]) == Self.seen("192.0.2.1"))
        #expect(Self.origin([(.forwarded, #"for=""#), (.forwarded, "for=10.1.1.1")]) == Self.seen("127.0.0.1"))
        #expect(Self.origin([(.xForwardedFor, "6.6.6.6"), (.xForwardedFor, "192.0.2.1")]) == Self.seen("192.0.2.1"))
    }

    @Test(
        "as nginx, Caddy and others send X-Forwarded-*",
        arguments: [
            // nginx: proxy_set_header with $proxy_add_x_forwarded_for, $scheme, $http_host.
            (["192.0.2.1"], ["https"], ["lab.example"], seen("192.0.2.1", secure: true, "lab.example")),
            (
                ["6.6.6.6, 192.0.2.1"], ["https"], ["lab.example:8443"],
                seen("192.0.2.1", secure: true, "lab.example:8443")
            ),
            // Caddy: replaces all three.
            (["2001:db8::1"], ["https"], ["lab.example"], seen("2001:db8::1", secure: true, "lab.example")),
            (["192.0.2.1"], [], [], seen("192.0.2.1")),
            (["192.0.2.1"], ["http"], [], seen("192.0.2.1")),
            (["192.0.2.1:5678"], ["HTTPS"], [], seen("192.0.2.1", secure: true)),
            (["[2001:db8::1]:5678"], [], [], seen("2001:db8::1")), (["[2001:db8::1]"], [], [], seen("2001:db8::1")),
            ([" 192.0.2.1\t"], [" https "], [], seen("192.0.2.1", secure: true)),
            ([], ["https"], ["lab.example"], seen("127.0.0.1", secure: true, "lab.example")),
            // A chain of our own, each appending.
            (["192.0.2.1, 10.0.0.7"], ["https, http"], ["a, b"], seen("192.0.2.1", secure: true, "a")),
            (["6.6.6.6, 192.0.2.1, 10.0.0.7"], ["https"], ["b"], seen("192.0.2.1", secure: true, "b")),
            // What a client wrote before the proxy appended says nothing of the scheme.
            (["6.6.6.6, 192.0.2.1"], ["https, http"], ["evil, lab"], seen("192.0.2.1", "lab")),
            (["192.0.2.1"], ["https, http"], [], seen("192.0.2.1")),
            (["10.0.0.9, 10.0.0.7"], [], [], seen("10.0.0.9")),
            (["unknown"], ["https"], [], seen("127.0.0.1", secure: true)),
            (["192.0.2.1"], ["javascript:"], ["a b"], seen("192.0.2.1")),
            (["192.0.2.1"], ["https"], ["a/../b"], seen("192.0.2.1", secure: true)),
            (["<script>, 192.0.2.1"], [], [], seen("192.0.2.1")),
            // Malformed where it matters: ignored as a whole.
            (["192.0.2.1, <script>"], ["https"], ["a"], seen("127.0.0.1")), ([""], ["https"], [], seen("127.0.0.1")),
            (["192.0.2.1,"], ["https"], [], seen("127.0.0.1")), (["192.0.2.1 10.0.0.1"], [], [], seen("127.0.0.1")),
        ] as [([String], [String], [String], RequestOrigin)]
    )
    func forwardedFor(hops: [String], schemes: [String], hosts: [String], expected: RequestOrigin) {
        let lines: Lines =
            hops.map { (.xForwardedFor, $0) } + schemes.map { (.xForwardedProto, $0) }
            + hosts.map { (.xForwardedHost, $0) }
        #expect(Self.origin(lines) == expected)
    }

    @Test("from others it is never looked at", arguments: ["192.0.2.66", "11.0.0.1", "::2", "127.0.0.2"])
    func spoofed(ip: String) {
        let lines: Lines = [
            (.forwarded, "for=1.2.3.4;proto=https;host=evil"), (.xForwardedFor, "1.2.3.4"), (.xForwardedProto, "https"),
            (.xForwardedHost, "evil"),
        ]
        #expect(Self.origin(lines, from: ip) == Self.seen(ip))
        #expect(Self.origin(lines, from: "127.0.0.1", trusted: TrustedProxies()) == Self.seen("127.0.0.1"))
        let unix = Self.origin(lines, from: Self.local, trusted: TrustedProxies())
        #expect(unix == RequestOrigin(address: "unix", uid: 1000))
    }

    @Test("both kinds count only if they say the same: a proxy may pass one on as the client wrote it")
    func bothKinds() {
        let lines: Lines = [(.forwarded, "for=192.0.2.1;proto=https"), (.xForwardedFor, "192.0.2.1")]
        #expect(Self.origin(lines) == Self.seen("127.0.0.1"))
        #expect(Self.origin(lines + [(.xForwardedProto, "https")]) == Self.seen("192.0.2.1", secure: true))
        let withHost = lines + [(.xForwardedProto, "https"), (.xForwardedHost, "lab")]
        #expect(Self.origin(withHost) == Self.seen("192.0.2.1", secure: true, "lab"))
        #expect(Self.origin([(.forwarded, "for=6.6.6.6"), (.xForwardedFor, "192.0.2.1")]) == Self.seen("127.0.0.1"))
    }

    @Test("a proxy on a Unix socket is believed, and is nobody's login")
    func unix() {
        #expect(Self.origin([(.xForwardedFor, "192.0.2.1")], from: Self.local) == Self.seen("192.0.2.1"))
        #expect(Self.origin([], from: Self.local) == Self.seen("unix"))
    }

    @Test("peers' addresses have one spelling")
    func spelling() {
        #expect(Self.origin([], from: "2001:DB8:0::1") == Self.seen("2001:db8::1"))
    }
}
