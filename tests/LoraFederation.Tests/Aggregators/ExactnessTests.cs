using LoraFederation.Aggregators;

namespace LoraFederation.Tests.Aggregators;

/// <summary>What aggregators say of their exactness, measured; an aggregator that is not in the committed table fails.</summary>
public sealed class ExactnessTests
{
    private const string Begin = "<!-- table: exactness -->\n";
    private const string End = "<!-- end of table -->";

    private static readonly string[] Names = [.. LoraAggregatorRegistry.CreateDefault().Aggregators.Select(aggregator => aggregator.Name)];

    [Test]
    public void Registry_HasEveryAggregatorOfTheLibrary()
    {
        // Those that have to be told something first, such as how much noise, have no defaults to be registered with.
        Type[] types =
        [
            .. typeof(LoraAggregator).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LoraAggregator)) && !type.IsAbstract && type.GetConstructor(Type.EmptyTypes) is not null),
        ];
        Assert.That(LoraAggregatorRegistry.CreateDefault().Aggregators.Select(aggregator => aggregator.GetType()), Is.EquivalentTo(types));
    }

    [TestCaseSource(nameof(Names))]
    public void Aggregator_IsAsExactAsItSays(string name)
    {
        Assert.That(LoraAggregatorRegistry.CreateDefault().TryGet(name, out LoraAggregator? aggregator));
        ExactnessTable row = ExactnessTable.Measure(aggregator!);
        if (aggregator!.Exactness == Exactness.Exact)
        {
            Assert.That(row.Errors, Is.All.LessThanOrEqualTo(1e-6));
        }
        else
        {
            // Half of the federations at least: one whose factors happen to agree says nothing.
            Assert.That(row.Errors.Order().ElementAt(ExactnessTable.Federations / 2), Is.GreaterThan(1e-3));
        }
    }

    [Test]
    public void Table_IsTheMeasuredOne()
    {
        string path = RepositoryFile("docs", "aggregators.md");
        string page = File.ReadAllText(path).ReplaceLineEndings("\n");
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        string measured = ExactnessTable.Write(LoraAggregatorRegistry.CreateDefault().Aggregators.Select(ExactnessTable.Measure));
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
