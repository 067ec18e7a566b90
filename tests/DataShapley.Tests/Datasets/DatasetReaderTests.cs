using System.Text;
using DataShapley.Datasets;

namespace DataShapley.Tests.Datasets;

public sealed class DatasetReaderTests
{
    [TestCase("", "{{\"instruction\":\"{0} {1}\"}}\n", "")]
    [TestCase("[", "{{\"instruction\":\"{0} {1}\"}},", "{}]")]
    [TestCase("i,t\n", "{0},\"{1}\"\n", "")]
    public async Task ALongStream_IsReadInLittleMemory(string begin, string record, string end)
    {
        const int Records = 50_000;
        string filler = new('x', 500);
        using GeneratedStream stream = new([begin, .. Enumerable.Range(0, Records).Select(i => string.Format(record, i, filler)), end]);
        await using DatasetReader reader = await DatasetReader.OpenAsync(stream, "long");

        long count = 0;
        while (await reader.MoveNextAsync(CancellationToken.None))
        {
            count++;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(count, Is.GreaterThanOrEqualTo(Records));
            Assert.That(stream.Given, Is.GreaterThan(25_000_000));
            Assert.That(reader.WindowCapacity, Is.LessThanOrEqualTo(1 << 17));
        }
    }

    [TestCase("{\"a\":\"")]
    [TestCase("[{\"a\":\"")]
    [TestCase("a,b\n1,\"")]
    public async Task ARecordWithoutEnd_StopsAtItsLimit(string begin)
    {
        using GeneratedStream stream = new([begin, .. Enumerable.Repeat(new string('x', 1 << 16), 1000)]);
        DatasetOptions options = new() { MaximumRecordLength = 1 << 20 };

        async Task Read()
        {
            await using DatasetReader reader = await DatasetReader.OpenAsync(stream, "endless", options);
            await foreach (DatasetRecord record in reader.ReadAsync())
            {
                Assert.That(record.Bytes.Length, Is.LessThanOrEqualTo(1 << 20));
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read, Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(DatasetError.RecordTooLong));
            Assert.That(stream.Given, Is.LessThanOrEqualTo(1 << 22));
        }

        await Task.CompletedTask;
    }

    [Test]
    public async Task Records_ReadASecondTime_AreRefused()
    {
        using MemoryStream stream = new("[{}]"u8.ToArray());
        await using DatasetReader reader = await DatasetReader.OpenAsync(stream, "test");
        Assert.That(await reader.ReadAsync().CountAsync(), Is.EqualTo(1));

        Assert.That(async () => await reader.ReadAsync().CountAsync(), Throws.InvalidOperationException);
    }

    [Test]
    public void ACancelledRead_Stops()
    {
        using MemoryStream stream = new("[{}]"u8.ToArray());

        Assert.That(() => DatasetReader.OpenAsync(stream, "test", cancellationToken: new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    [TestCase("[\n {\"a\": \"x\\\"y]\"},\n {\"b\": [{}, \"}\"]}\n]")]
    [TestCase("{\"a\":1}\r\n\r\n{\"b\":\"\\\\\"}\r\n")]
    [TestCase("{\n \"a\": 1\n}")]
    [TestCase("a,b\r\n\"1\n\"\"2\",3\r\n4,\"\"\r\n")]
    public async Task AStream_InPiecesOfOneByte_IsReadAsInOne(string text)
    {
        using Dataset whole = await DatasetText.LoadAsync(text);
        using GeneratedStream stream = new(Encoding.UTF8.GetBytes(text).Select(b => ((char)b).ToString()));

        using Dataset pieces = await Dataset.LoadAsync(stream, "test");

        int[] all = [.. Enumerable.Range(0, whole.Count)];
        Assert.That(await DatasetText.WriteAsync(pieces, all), Is.EqualTo(await DatasetText.WriteAsync(whole, all)));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public async Task AnyBytes_AreReadOrRefusedByName(byte[] content, bool skips)
    {
        await ReadOrRefuseAsync(content, skips);
    }

    // Random bytes seldom get past the first: these are made of what the formats are made of.
    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public async Task AnyPieces_AreReadOrRefusedByName(int[] choices, bool skips)
    {
        string[] pieces = ["[", "]", "{", "}", "\"", "\\", ",", ":", "\n", "\r\n", " ", "a", "1", "null", "{\"a\":1}", "\"a\":", "é", "\uFEFF", "\u0001"];
        string text = string.Concat(choices.Select(choice => pieces[(choice & int.MaxValue) % pieces.Length]));
        await ReadOrRefuseAsync(Encoding.UTF8.GetBytes(text), skips);
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public async Task AnyTexts_InATable_ComeBack(string?[] texts, bool hasCarriageReturns)
    {
        string[] wanted = [.. texts.Select(text => new string([.. (text ?? string.Empty).Where(c => !char.IsSurrogate(c))]))];
        string lineEnd = hasCarriageReturns ? "\r\n" : "\n";
        string table = $"id,text{lineEnd}{string.Concat(wanted.Select((text, i) => $"{i},{CsvRow.Encode(text, ',')}{lineEnd}"))}";

        using Dataset dataset = await DatasetText.LoadAsync(table);
        List<string?> found = [];
        for (int i = 0; i < dataset.Count; i++)
        {
            found.Add(await DatasetText.FieldAsync(dataset, i, "text"));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Is.EqualTo(wanted));
            Assert.That(await DatasetText.WriteAsync(dataset, [.. Enumerable.Range(0, dataset.Count)]), Is.EqualTo(table));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public async Task AnyTexts_InJson_ComeBack(string?[] texts, bool isArray)
    {
        string[] wanted = [.. texts.Select(text => new string([.. (text ?? string.Empty).Where(c => !char.IsSurrogate(c))]))];
        string[] records = [.. wanted.Select(text => $"{{\"text\":{System.Text.Json.JsonSerializer.Serialize(text)}}}")];
        string content = isArray ? $"[{string.Join(",\n", records)}]" : string.Concat(records.Select(record => record + "\n"));
        if (content.Length == 0)
        {
            return;
        }

        using Dataset dataset = await DatasetText.LoadAsync(content);
        List<string?> found = [];
        for (int i = 0; i < dataset.Count; i++)
        {
            found.Add(await DatasetText.FieldAsync(dataset, i, "text"));
        }

        Assert.That(found, Is.EqualTo(wanted));
    }

    private static async Task ReadOrRefuseAsync(byte[] content, bool skips)
    {
        try
        {
            using Dataset dataset = await DatasetText.LoadAsync(content, new DatasetOptions { Malformed = skips ? MalformedPolicy.Skip : MalformedPolicy.Throw });
            for (int i = 0; i < dataset.Count; i++)
            {
                (await dataset.GetAsync(i)).ReadFields();
            }
        }
        catch (DatasetException e)
        {
            Assert.That(e.Message, Does.StartWith("'test'"));
        }
    }
}
