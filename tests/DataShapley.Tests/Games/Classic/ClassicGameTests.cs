using System.Text.Json;
using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Games.Classic;

namespace DataShapley.Tests.Games.Classic;

public sealed class ClassicGameTests
{
    private static readonly (string Name, Semivalue Semivalue)[] Semivalues =
    [
        ("shapley", Semivalue.Shapley), ("banzhaf", Semivalue.Banzhaf), ("beta_16_1", Semivalue.Beta(16, 1)), ("beta_4_1", Semivalue.Beta(4, 1)), ("beta_1_4", Semivalue.Beta(1, 4)), ("loo", Semivalue.LeaveOneOut),
    ];

    private static IEnumerable<TestCaseData> OracleGames => Oracles.Root.GetProperty("games").EnumerateArray().Select(game => new TestCaseData(game).SetArgDisplayNames(game.GetProperty("name").GetString()!));

    private static IEnumerable<TestCaseData> Games => Others().Select(game => new TestCaseData(game).SetArgDisplayNames(game.Id));

    [TestCaseSource(nameof(OracleGames))]
    public async Task Exact_OfEverySemivalue_IsTheOracles_AndThatOfAllCoalitions(JsonElement oracle)
    {
        ClassicGame game = Create(oracle);
        using (Assert.EnterMultipleScope())
        {
            foreach ((string name, Semivalue semivalue) in Semivalues)
            {
                double[] expected = Oracles.Numbers(oracle.GetProperty(name));
                double scale = Math.Max(1, expected.Max(Math.Abs));
                ValuationResult byAll = await new DataValuator().ValueAsync(game, new ValuationRecipe(new ExactEstimator { Semivalue = semivalue }));

                Assert.That(game.Exact(semivalue), Is.EqualTo(expected).Within(1e-12 * scale), name);
                Assert.That(byAll.Values, Is.EqualTo(expected).Within(1e-12 * scale), name);
            }
        }
    }

    [TestCaseSource(nameof(Games))]
    public async Task Exact_OfGamesWithoutAnOracle_IsThatOfAllCoalitions(ClassicGame game)
    {
        Semivalue[] semivalues = [.. Semivalues.Select(pair => pair.Semivalue), new BanzhafValue { Probability = 0.3 }, new DeltaShapleyValue(0, 1) { IsNormalized = false }];
        using (Assert.EnterMultipleScope())
        {
            foreach (Semivalue semivalue in semivalues)
            {
                ValuationResult byAll = await new DataValuator().ValueAsync(game, new ValuationRecipe(new ExactEstimator { Semivalue = semivalue }));

                Assert.That(game.Exact(semivalue), Is.EqualTo(byAll.Values).Within(1e-12), semivalue.Name);
            }
        }
    }

    [TestCaseSource(nameof(Games))]
    public void GrowingCoalitions_GiveTheBitsOfWholeOnes_InsideTheRange(ClassicGame game)
    {
        for (int run = 0; run < 20; run++)
        {
            int[] order = new RandomStreams(5, "orders").At(run).NextPermutation(game.PlayerCount);
            IGrowingCoalition? growing = (game as IIncrementalUtility)?.Begin(0);
            for (int i = 0; i < order.Length; i++)
            {
                double value = game.ValueOf(Coalition.Of(game.PlayerCount, order.AsSpan(0, i + 1)));

                Assert.That(growing?.Add(order[i]) ?? value, Is.EqualTo(value));
                Assert.That(value, Is.InRange(game.Range?.Minimum ?? double.NegativeInfinity, game.Range?.Maximum ?? double.PositiveInfinity));
            }
        }
    }

    [TestCase("electoral_college_51")]
    [TestCase("un_security_council_15")]
    public void WeightedVoting_OfManyPlayers_IsTheOracles(string name)
    {
        JsonElement oracle = Large(name);
        int[] weights = Integers(oracle, "weights");
        WeightedVotingGame game = new(weights, oracle.GetProperty("wins_if_sum_above").GetInt32());
        double[] shapley = game.Exact(Semivalue.Shapley);
        double[] banzhaf = game.Exact(Semivalue.Banzhaf);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(shapley.Sum(), Is.EqualTo(1).Within(1e-12));
            for (int i = 0; i < weights.Length; i++)
            {
                JsonElement expected = oracle.GetProperty("by_weight").GetProperty(weights[i].ToString(System.Globalization.CultureInfo.InvariantCulture));
                Assert.That(shapley[i], Is.EqualTo(Number(expected.GetProperty("shapley"))).Within(1e-14));
                Assert.That(banzhaf[i], Is.EqualTo(Number(expected.GetProperty("banzhaf"))).Within(1e-13));
            }
        }
    }

    [Test]
    public void Airport_OfAHundredPlayers_IsTheOracles()
    {
        JsonElement[] classes = [.. Large("airport_100").GetProperty("classes").EnumerateArray()];
        double[] costs = [.. classes.SelectMany(entry => Enumerable.Repeat(entry.GetProperty("cost").GetDouble(), entry.GetProperty("players").GetInt32()))];
        double[] expected = [.. classes.SelectMany(entry => Enumerable.Repeat(Number(entry.GetProperty("shapley")), entry.GetProperty("players").GetInt32()))];

        Assert.That(new AirportGame(costs).Exact(Semivalue.Shapley), Is.EqualTo(expected).Within(1e-14));
    }

    [Test]
    public void Gloves_OfAHundredPlayers_AreWorthOneHalf() => Assert.That(new GloveGame(50, 50).Exact(Semivalue.Shapley), Is.All.EqualTo(0.5).Within(1e-12));

    [Test]
    public void Games_OfManyPlayers_DoNotOverflow()
    {
        double[] ramp = [.. Enumerable.Range(0, 2001).Select(i => Math.Sqrt(i))];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new SymmetricGame(ramp).Exact(Semivalue.Shapley)[0], Is.EqualTo(Math.Sqrt(2000) / 2000).Within(1e-12));
            Assert.That(new UnanimityGame(Coalition.Of(2000, 1, 2, 3)).Exact(Semivalue.Shapley)[2], Is.EqualTo(1.0 / 3).Within(1e-10));
            Assert.That(new WeightedVotingGame([.. Enumerable.Repeat(1, 400)], 199).Exact(Semivalue.Shapley), Is.All.EqualTo(1.0 / 400).Within(1e-12));
        }
    }

    [Test]
    public void Ids_TellGamesApart()
    {
        string[] ids = [.. Others().Select(game => game.Id), new AirportGame(1, 2, 2, 5, 8).Id, new WeightedVotingGame([4, 3, 2, 1, 0], 6).Id, new BankruptcyGame([3, 5, 0, 9], 11).Id];

        Assert.That(ids, Is.Unique);
    }

    [Test]
    public void WhatIsNoGame_IsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new AdditiveGame([1, double.NaN]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AdditiveGame([]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SymmetricGame(1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new UnanimityGame(Coalition.Empty(3)), Throws.ArgumentException);
            Assert.That(() => new QuadraticGame([1, 2], new double[1, 2]), Throws.ArgumentException);
            Assert.That(() => new QuadraticGame([1, 2], new double[2, 2] { { 0, 1 }, { 2, 0 } }), Throws.ArgumentException);
            Assert.That(() => new GloveGame(-1, 2), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AirportGame(1, -1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AirportGame(), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new MinerGame(0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new WeightedVotingGame([1, -1], 3), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new WeightedVotingGame([1, 1], -1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new BankruptcyGame([1, 1], -1), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static ClassicGame[] Others() =>
    [
        new AdditiveGame([1.5, -2, 0, 0.1], 0.25),
        new AdditiveGame([3]),
        new SymmetricGame(2, -1, 0, 5, 4),
        new UnanimityGame(Coalition.Of(5, 1, 4), -2, 3),
        new QuadraticGame([1, 2, 3], new double[3, 3] { { 0, 0.5, -1 }, { 0.5, 0, 2 }, { -1, 2, 0 } }),
        new QuadraticGame([7], new double[1, 1]),
        new GloveGame(1, 4),
        new GloveGame(3, 0),
        new AirportGame(5, 1, 0, 9, 5),
        new MinerGame(1),
        new MinerGame(6),
        new WeightedVotingGame([4, 3, 2, 1, 0], 5),
        new WeightedVotingGame([1, 1], 7),
        new BankruptcyGame([3, 5, 0, 9], 10),
        new BankruptcyGame([3, 5], 12),
        new BankruptcyGame([3, 5], 0),
    ];

    private static ClassicGame Create(JsonElement oracle)
    {
        string name = oracle.GetProperty("name").GetString()!;
        int players = oracle.GetProperty("players").GetInt32();
        return name switch
        {
            _ when name.StartsWith("glove", StringComparison.Ordinal) => new GloveGame(oracle.GetProperty("left").GetInt32(), oracle.GetProperty("right").GetInt32()),
            _ when name.StartsWith("voting", StringComparison.Ordinal) => new WeightedVotingGame(Integers(oracle, "weights"), oracle.GetProperty("wins_if_sum_above").GetInt32()),
            _ when name.StartsWith("majority", StringComparison.Ordinal) => new WeightedVotingGame([.. Enumerable.Repeat(1, players)], players / 2),
            _ when name.StartsWith("miner", StringComparison.Ordinal) => new MinerGame(players),
            _ when name.StartsWith("bankruptcy", StringComparison.Ordinal) => new BankruptcyGame(Integers(oracle, "claims"), oracle.GetProperty("estate").GetInt32()),
            "unanimity_0_2_3_of_5" => new UnanimityGame(Coalition.Of(5, 0, 2, 3)),
            "quadratic_4" => new QuadraticGame(Oracles.Plain(oracle.GetProperty("linear")), Pairs(oracle)),
            "additive_5" => new AdditiveGame(Oracles.Plain(oracle.GetProperty("linear"))),
            "airport_5" => new AirportGame(Oracles.Plain(oracle.GetProperty("costs"))),
            "null_and_nonzero_empty" => new UnanimityGame(Coalition.Of(3, 0, 1), worth: 2, empty: 0.5),
            _ => throw new InvalidOperationException($"There is no game for the oracle '{name}'."),
        };
    }

    private static double[,] Pairs(JsonElement oracle)
    {
        int players = oracle.GetProperty("players").GetInt32();
        double[,] pairs = new double[players, players];
        foreach (JsonElement pair in oracle.GetProperty("pairs").EnumerateArray())
        {
            pairs[pair[0].GetInt32(), pair[1].GetInt32()] = pair[2].GetDouble();
            pairs[pair[1].GetInt32(), pair[0].GetInt32()] = pair[2].GetDouble();
        }

        return pairs;
    }

    private static JsonElement Large(string name) => Oracles.Root.GetProperty("large_games").EnumerateArray().Single(game => string.Equals(game.GetProperty("name").GetString(), name, StringComparison.Ordinal));

    private static int[] Integers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(number => number.GetInt32())];

    private static double Number(JsonElement element) => element.ValueKind == JsonValueKind.Number ? element.GetDouble() : element[1].GetDouble();
}
