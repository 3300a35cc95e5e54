import Core
import Foundation
import Testing

@testable import Sandbox

/// What the venue answers against the examples of its documentation: names and types.
@Suite struct CoinbaseShapeTests {
  /// Members of the examples that the sandbox leaves out on purpose: derivatives, taxes, decoration.
  static let leftOut: Set<String> = [
    "proof_token_required", "commission_detail_total", "volume_types_and_range", "volume_breakdown",
    "attached_order_configuration", "current_pending_replace", "workable_size", "workable_size_completion_pct",
    "product_details", "cost_basis_method", "displayed_order_config", "equity_trading_session", "prediction_side",
    "last_update_time", "new_at", "market_cap", "icon_color", "display_name_overwrite", "is_alpha_testing",
    "about_description", "future_product_details", "current_liquidation_buffer", "projected_liquidation_buffer",
    "max_leverage", "pnl_configuration", "twap_bucket_metadata", "position_notional_limit",
    "max_notional_at_requested_leverage", "margin_ratio_data", "scaled_metadata", "compliance_limit_data",
    "prediction_order_metadata", "predicted_liquidation_price",
  ]
  /// Members that real answers have beyond the examples.
  static let beyond: Set<String> = ["sequence", "num_products"]
  /// Numbers of the examples that real answers write as text.
  static let texts: Set<String> = ["quote_size", "base_size"]

  private func differences(_ ours: Any, _ theirs: Any, _ place: String) -> [String] {
    switch (ours, theirs) {
    case (let ours as [String: Any], let theirs as [String: Any]):
      if place.hasSuffix("order_configuration") { return [] }
      let names = Set(ours.keys)
      var found = names.subtracting(theirs.keys).subtracting(Self.beyond).map { "\(place).\($0) is not in the example" }
      found += Set(theirs.keys).subtracting(names).subtracting(Self.leftOut).map { "\(place).\($0) is missing" }
      for name in names {
        guard let a = ours[name], let b = theirs[name], !Self.texts.contains(name) else { continue }
        found += differences(a, b, "\(place).\(name)")
      }
      return found
    case (let ours as [Any], let theirs as [Any]):
      guard let first = ours.first, let example = theirs.first else { return [] }
      return differences(first, example, place + "[]")
    default: return ours is NSNull || Self.kind(ours) == Self.kind(theirs) ? [] : ["\(place) has another type"]
    }
  }

  private static func kind(_ value: Any) -> String {
    if value is String { return "text" }
    guard let number = value as? NSNumber else { return "other" }
    return String(cString: number.objCType) == "c" ? "truth" : "number"
  }

  @Test func `answers have the members and types of the documentation's examples`() throws {
    guard
      let text = try CoinbaseMaterial.read(
        "doc-examples/coinbase-doc-examples.json", folder: "fixtures", for: #function)
    else { return }
    let examples = try #require(try JSONSerialization.jsonObject(with: text) as? [[String: Any]])
    let bench = try CoinbaseBench()
    let id = try CoinbaseBench.id(try bench.place("a", CoinbaseBench.marketBuy("10")))
    _ = try CoinbaseBench.id(try bench.place("r", CoinbaseBench.limitGTC("0.01", "10000")))
    let wallet = try #require(try bench.get("accounts").array("accounts").first).string("uuid")
    let now = bench.exchange.marketNow.seconds
    let preview: JSONValue = [
      "product_id": "BTC-USD", "side": "BUY", "order_configuration": CoinbaseBench.marketBuy("10"),
    ]
    let candles = "candles?start=\(now - 600)&end=\(now)&granularity=ONE_MINUTE"
    let calls: [(String, String, String, JSONValue?)] = [
      ("Get Account", "GET", "accounts/\(wallet)", nil), ("List Accounts", "GET", "accounts", nil),
      ("Get API Key Permissions", "GET", "key_permissions", nil), ("List Portfolios", "GET", "portfolios", nil),
      ("Get Transaction Summary", "GET", "transaction_summary", nil),
      ("Get Order", "GET", "orders/historical/\(id)", nil), ("List Orders", "GET", "orders/historical/batch", nil),
      ("List Fills", "GET", "orders/historical/fills", nil), ("Preview Order", "POST", "orders/preview", preview),
      ("Cancel Orders", "POST", "orders/batch_cancel", ["order_ids": ["x"]]),
      ("Edit Order", "POST", "orders/edit", ["order_id": "x", "price": "1", "size": "1"]),
      ("Get Best Bid/Ask", "GET", "best_bid_ask?product_ids=BTC-USD", nil),
      ("Get Product Book", "GET", "product_book?product_id=BTC-USD", nil),
      ("Get Product", "GET", "products/BTC-USD", nil), ("List Products", "GET", "products", nil),
      ("Get Product Candles", "GET", "products/BTC-USD/\(candles)", nil),
      ("Get Market Trades", "GET", "products/BTC-USD/ticker", nil), ("Get Server Time", "GET", "time", nil),
    ]
    for (title, method, path, body) in calls {
      let answer = try bench.call(method, path, body)
      try #require(answer.status == 200, "\(title): \(answer.text)")
      let ours = try JSONSerialization.jsonObject(with: Data(answer.text.utf8))
      let found = examples.filter { $0["title"] as? String == title && $0["kind"] as? String == "response" }
        .compactMap { $0["json"] }.map { differences(ours, $0, title) }
      let best = try #require(found.min { $0.count < $1.count }, "\(title) has no example")
      #expect(best == [], "\(title)")
    }
  }

  @Test func `a taken and a refused order have the members of the examples`() throws {
    let bench = try CoinbaseBench()
    let taken = try bench.place("a", CoinbaseBench.marketBuy("10"))
    #expect(taken.members?.map(\.key) == ["success", "success_response", "order_configuration"])
    #expect(
      try taken.object("success_response").members?.map(\.key)
        == ["order_id", "product_id", "side", "client_order_id"])
    let refused = try bench.place("b", CoinbaseBench.marketBuy("100000"))
    #expect(refused.members?.map(\.key) == ["success", "error_response", "order_configuration"])
    let error = try refused.object("error_response")
    #expect(try error.string("error") == "INSUFFICIENT_FUND")
    #expect(try error.string("message") == "Insufficient balance in source account")
    #expect(try error.string("error_details") == "")
    #expect(try error.string("preview_failure_reason") == "PREVIEW_INSUFFICIENT_FUND")
    #expect(try error.string("new_order_failure_reason") == "INSUFFICIENT_FUND")
  }
}
