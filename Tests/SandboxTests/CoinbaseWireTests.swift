import Core
import Foundation
import Testing

@testable import Sandbox

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite struct CoinbaseWireTests {
  @Test func `orders and fills go over a real connection, the host signed as it was dialled`() async throws {
    let bench = try CoinbaseBench(type: .es256)
    let gateway = VenueGateway(name: "coinbase", venue: bench.venue, faults: FaultTable(), clock: bench.clock)
    let server = try VenueServer(gateway, host: "127.0.0.1", port: 0)
    defer { server.stop() }
    let maker = CoinbaseBench.maker(bench.venue.issueKey(account: CoinbaseBench.account))
    let host = "127.0.0.1:\(server.port)"

    func call(_ method: String, _ path: String, signing signed: String? = nil, _ body: JSONValue? = nil) async throws
      -> (Int, String)
    {
      let bare = CoinbaseRoute.prefix + path.prefix { $0 != "?" }
      let token = try maker.token(method, signed ?? host, bare, at: bench.clock.now)
      let url = try #require(URL(string: "http://\(host)\(CoinbaseRoute.prefix)\(path)"))
      var request = URLRequest(url: url)
      request.httpMethod = method
      request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
      request.httpBody = body.map { Data($0.encoded.utf8) }
      let (data, response) = try await URLSession.shared.data(for: request)
      return (try #require(response as? HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))
    }

    let order = CoinbaseBench.order("w", "BUY", CoinbaseBench.marketBuy("25"))
    let placed = try await call("POST", "orders", order)
    #expect(placed.0 == 200)
    let id = try CoinbaseBench.id(try JSON(parsing: placed.1))
    let fills = try await call("GET", "orders/historical/fills?order_ids=\(id)")
    #expect(try JSON(parsing: fills.1).array("fills").allSatisfy { try $0.string("order_id") == id })
    #expect(try !JSON(parsing: fills.1).array("fills").isEmpty)
    let foreign = try await call("GET", "accounts", signing: "api.coinbase.com")
    #expect(foreign == (401, "Unauthorized"))
  }
}
