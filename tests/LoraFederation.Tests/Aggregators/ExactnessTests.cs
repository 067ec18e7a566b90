using LoraFederation.Aggregators;

namespace LoraFederation.Tests.Aggregators;

/// <summary>What aggregators say of their exactness, measured; an aggregator that is not in the committed table fails.</summary>
public sealed class ExactnessTests
{
    private const string Begin = "<!-- table: exactness -->\n";
    private const string End = "<!-- end of table -->";

    [Test]
    public void Cases_HaveEveryAggregatorOfTheLibrary()
    {
        Type[] types = [.. typeof(LoraAggregator).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LoraAggregator)) && !type.IsAbstract)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ExactnessCase.All.Select(row => row.Aggregator.GetType()).Distinct(), Is.EquivalentTo(types));

            // Those that have to be told something first, such as how much noise, have no defaults to be registered with.
            Assert.That(
                LoraAggregatorRegistry.CreateDefault().Aggregators.Select(aggregator => aggregator.GetType()),
                Is.EquivalentTo(types.Where(type => type.GetConstructor(Type.EmptyTypes) is not null)));
            Assert.That(
                ExactnessCase.All.Where(row => row.Aggregator.Exactness == Exactness.ExactBeforeTruncation).Select(row => row.Aggregator.GetType())
                    .Except(ExactnessCase.All.Where(row => ExactnessTable.Errors(row)[^1] <= 1e-6).Select(row => row.Aggregator.GetType())),
                Is.Empty,
                "What is exact before truncation is so in a case without any.");
        }
    }

    [TestCaseSource(typeof(ExactnessCase), nameof(ExactnessCase.All))]
    public void Aggregator_IsAsExactAsItSays(object row)
    {
        ExactnessCase measured = (ExactnessCase)row;
        IReadOnlyList<double> errors = ExactnessTable.Errors(measured);
        if (measured.Aggregator.Exactness == Exactness.Exact || measured.Title.EndsWith("nothing cut", StringComparison.Ordinal))
        {
            Assert.That(errors, Is.All.LessThanOrEqualTo(1e-6));
        }
        else
        {
            // Half of the federations at least: one whose factors happen to agree, or have few components, says nothing.
            Assert.That(errors[ExactnessTable.Federations / 2], Is.GreaterThan(1e-5));
        }
    }

    [Test]
    public void Table_IsTheMeasuredOne()
    {
        string path = RepositoryFile("docs", "aggregators.md");
        string page = File.ReadAllText(path).ReplaceLineEndings("\n");
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        string measured = ExactnessTable.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_EXACTNESS") is "1")
        {
            File.WriteAllText(path, page[..begin] + measured + page[end..]);
        }

        Assert.That(page[begin..end], Is.EqualTo(measured), "Run this test with UPDATE_EXACTNESS=1 to write the table, and look at what has changed.");
    }

    private static string RepositoryFile(params string[] names)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ModelSdk.slnx")))
            {
                return Path.Combine([folder.FullName, .. names]);
            }
        }

        throw new DirectoryNotFoundException("The tests run inside the repository.");
    }
}
