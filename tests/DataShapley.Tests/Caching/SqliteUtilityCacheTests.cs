using DataShapley.Estimators;
using DataShapley.Games;
using DataShapley.Sqlite;
using Microsoft.Data.Sqlite;
using ModelSdk.Testing;

namespace DataShapley.Tests.Caching;

public sealed class SqliteUtilityCacheTests
{
    [Test]
    public void Values_OutliveTheCache_ToTheBit()
    {
        using TestFolder folder = new();
        (string Utility, Coalition Coalition, double Value)[] values =
        [
            ("a", Coalition.Empty(3), -0.0), ("a", Coalition.Of(3, 1), Math.PI), ("b", Coalition.Of(3, 1), 1), ("a", Coalition.Of(4, 1), double.Epsilon), ("a", Coalition.Full(200), -1e300),
        ];
        using (SqliteUtilityCache cache = new(folder["cache.db"]))
        {
            foreach ((string utility, Coalition coalition, double value) in values)
            {
                cache.Add(utility, coalition, value);
                cache.Add(utility, coalition, value);
            }
        }

        using SqliteUtilityCache again = new(folder["cache.db"]);
        using (Assert.EnterMultipleScope())
        {
            foreach ((string utility, Coalition coalition, double value) in values)
            {
                Assert.That(again.TryGet(utility, coalition, out double found), Is.True);
                Assert.That(BitConverter.DoubleToInt64Bits(found), Is.EqualTo(BitConverter.DoubleToInt64Bits(value)));
            }

            Assert.That(again.TryGet("c", Coalition.Of(3, 1), out _), Is.False);
            Assert.That(again.Count, Is.EqualTo(values.Length));
        }
    }

    [Test]
    public async Task ASecondRun_EvaluatesNothing()
    {
        using TestFolder folder = new();
        TableUtility utility = new("table", [0, 1, 2, 5, 3, 4, 6, 9]);
        List<ValuationResult> results = [];
        for (int run = 0; run < 2; run++)
        {
            using SqliteUtilityCache cache = new(folder["cache.db"]);
            results.Add(await new DataValuator().ValueAsync(utility, new ValuationRecipe(new ExactEstimator()) { Evaluation = new EvaluationOptions { Cache = cache } }));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(results[0].EvaluationCounts.Evaluated, Is.EqualTo(8));
            Assert.That(results[1].EvaluationCounts, Is.EqualTo(new EvaluationCounts(8, 0, 8, 0, 0)));
            Assert.That(results[1].Values, Is.EqualTo(results[0].Values));
        }
    }

    [TestCase("UPDATE evaluation SET value = value + 1")]
    [TestCase("UPDATE evaluation SET checksum = checksum + 1")]
    [TestCase("UPDATE evaluation SET value = (SELECT value FROM evaluation WHERE number = 2), checksum = (SELECT checksum FROM evaluation WHERE number = 2) WHERE number = 1")]
    public void ARowThatWasChanged_IsAnError_AndNeverUsed(string change)
    {
        using TestFolder folder = new();
        Fill(folder["cache.db"], 2);
        Change(folder["cache.db"], change);

        using SqliteUtilityCache cache = new(folder["cache.db"]);
        UtilityCacheException error = Assert.Throws<UtilityCacheException>(() => cache.TryGet("a", Coalition.FromWords(20, [0]), out _))!;

        Assert.That((error.Error, error.File), Is.EqualTo((UtilityCacheError.Corrupt, folder["cache.db"])));
    }

    [Test]
    public void AnyFlippedBit_IsAnErrorOrHarmless_AndNeverAnotherValue()
    {
        using TestFolder folder = new();
        Fill(folder["cache.db"], 50);
        byte[] whole = File.ReadAllBytes(folder["cache.db"]);
        int errors = 0;
        for (int i = 0; i < whole.Length; i += 97)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x10;
            File.WriteAllBytes(folder["damaged.db"], damaged);
            try
            {
                using SqliteUtilityCache cache = new(folder["damaged.db"]);
                for (int value = 0; value < 50; value++)
                {
                    Assert.That(!cache.TryGet("a", Coalition.FromWords(20, [(ulong)value]), out double found) || found.Equals(value), Is.True, $"byte {i}, value {value}");
                }
            }
            catch (UtilityCacheException)
            {
                errors++;
            }
        }

        Assert.That(errors, Is.GreaterThan(0));
    }

    [Test]
    public void ForeignFiles_AreRefused_AndLeftAlone()
    {
        using TestFolder folder = new();
        File.WriteAllText(folder["text.db"], string.Concat(Enumerable.Repeat("This is no database at all. ", 100)));
        Change(folder["foreign.db"], "CREATE TABLE song (name TEXT)");
        Change(folder["version.db"], "PRAGMA user_version = 7");
        Fill(folder["later.db"], 1);
        Change(folder["later.db"], "PRAGMA user_version = 2");

        using (Assert.EnterMultipleScope())
        {
            foreach ((string name, UtilityCacheError expected) in ((string, UtilityCacheError)[])
                [("text.db", UtilityCacheError.NotACache), ("foreign.db", UtilityCacheError.NotACache), ("version.db", UtilityCacheError.NotACache), ("later.db", UtilityCacheError.OtherVersion), ("no/folder.db", UtilityCacheError.Inaccessible)])
            {
                byte[] before = File.Exists(folder[name]) ? File.ReadAllBytes(folder[name]) : [];
                UtilityCacheException error = Assert.Throws<UtilityCacheException>(() => new SqliteUtilityCache(folder[name]).Dispose())!;
                Assert.That(error.Error, Is.EqualTo(expected), name);
                Assert.That(error.Message, Does.Contain(folder[name]));
                Assert.That(File.Exists(folder[name]) ? File.ReadAllBytes(folder[name]) : [], Is.EqualTo(before), name);
            }
        }
    }

    [Test]
    public void ABoundedCache_KeepsTheNewest()
    {
        using TestFolder folder = new();
        using SqliteUtilityCache cache = new(folder["cache.db"], new SqliteUtilityCacheOptions { MaximumCount = 10 });
        for (int i = 0; i < 25; i++)
        {
            cache.Add("a", Coalition.FromWords(20, [(ulong)i]), i);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(cache.Count, Is.EqualTo(10));
            Assert.That(Enumerable.Range(0, 25).Where(i => cache.TryGet("a", Coalition.FromWords(20, [(ulong)i]), out _)), Is.EqualTo(Enumerable.Range(15, 10)));
        }
    }

    [Test]
    public async Task ManyConnections_ShareAFile()
    {
        using TestFolder folder = new();
        const int Connections = 4;
        const int Each = 100;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => Task.Run(() =>
        {
            using SqliteUtilityCache cache = new(folder["cache.db"]);
            for (int i = 0; i < Each; i++)
            {
                // Half of them everybody's, half one's own.
                int value = i % 2 == 0 ? i : (connection * Each) + i;
                cache.Add("a", Coalition.FromWords(20, [(ulong)value]), value);
                Assert.That(cache.TryGet("a", Coalition.FromWords(20, [(ulong)value]), out double found) ? found : double.NaN, Is.EqualTo(value));
            }
        })));

        using SqliteUtilityCache all = new(folder["cache.db"]);
        Assert.That(all.Count, Is.EqualTo((Each / 2) + (Connections * Each / 2)));
    }

    private static void Fill(string path, int count)
    {
        using SqliteUtilityCache cache = new(path);
        for (int i = 0; i < count; i++)
        {
            cache.Add("a", Coalition.FromWords(20, [(ulong)i]), i);
        }
    }

    private static void Change(string path, string sql)
    {
        using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
