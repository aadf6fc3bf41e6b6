/// Who is believed when it says for whom it passes a request on.
public struct TrustedProxies: Sendable, Hashable {
    public var addresses: [AddressRange]
    /// Whether whoever connects over a Unix socket is a proxy.
    public var includesUnixSockets: Bool

    /// - Parameters:
    ///   - addresses: none: nobody is believed.
    public init(addresses: [AddressRange] = [], includesUnixSockets: Bool = false) {
        self.addresses = addresses
        self.includesUnixSockets = includesUnixSockets
    }

    public func contains(_ address: IPAddress) -> Bool {
        addresses.contains { $0.contains(address) }
    }
}
