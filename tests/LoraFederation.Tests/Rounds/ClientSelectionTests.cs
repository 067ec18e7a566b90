using LoraFederation.Rounds;
using LoraFederation.Rounds.Selection;

namespace LoraFederation.Tests.Rounds;

/// <summary>Which clients train.</summary>
public sealed class ClientSelectionTests
{
    private static readonly FederatedClient[] Clients = [.. Enumerable.Range(0, 100).Select(number => new FederatedClient($"client {number}"))];

    [TestCase(1.0, 100)]
    [TestCase(0.29, 29)]
    [TestCase(0.1, 10)]
    [TestCase(0.019, 1)]
    [TestCase(0.001, 1)]
    public void Fraction_SelectsThatPart_AndOneAtLeast(double fraction, int count) =>
        Assert.That(ClientSelection.Fraction(fraction).Select(Clients, 0, 0), Has.Count.EqualTo(count).And.Unique);

    [TestCase(0)]
    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void Fraction_OutOfRange_IsRefused(double fraction) => Assert.That(() => ClientSelection.Fraction(fraction), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Count_OfMoreThanThereAre_SelectsAll() => Assert.That(ClientSelection.Count(101).Select(Clients, 0, 0), Is.EquivalentTo(Clients));

    [Test]
    public void Select_DependsOnSeedAndRound_AndNotOnTheOrderOfClients()
    {
        ClientSelection selection = ClientSelection.Count(10);
        IReadOnlyList<FederatedClient> first = selection.Select(Clients, 3, 7);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(selection.Select([.. Clients.Reverse()], 3, 7), Is.EqualTo(first));
            Assert.That(selection.Select(Clients, 4, 7), Is.Not.EqualTo(first));
            Assert.That(selection.Select(Clients, 3, 8), Is.Not.EqualTo(first));
        }
    }

    [Test]
    public void Select_OverManyRounds_TakesEachClientAsOften()
    {
        const int Rounds = 2000;
        Dictionary<string, int> counts = Enumerable.Range(0, Rounds)
            .SelectMany(round => ClientSelection.Fraction(0.1).Select(Clients, round, 1))
            .CountBy(client => client.Id, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);

        // Binomial(2000, 0.1): mean 200, deviation √180; five of them is one in two million for a client.
        double bound = 5 * Math.Sqrt(Rounds * 0.1 * 0.9);
        Assert.That(Clients.Select(client => counts[client.Id]), Is.All.InRange(200 - bound, 200 + bound));
    }
}
