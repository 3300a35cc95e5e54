extension ConformanceSuite {
  /// Every case, by subject.
  public static let cases: [ConformanceCase] =
    MarketCases.all + AccountCases.all + OrderCases.all + FillCases.all + RefusalCases.all + KindCases.all
    + AbilityCases.all + DeadlineCases.all + NameCases.all + DoubtCases.all + FailureCases.all + KeyCases.all
}
