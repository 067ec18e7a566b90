using System.Text;
using DataShapley.Datasets;
using ModelSdk.Testing;

namespace DataShapley.Tests.Datasets;

public sealed class DatasetTests
{
    private const string Array = "[\n {\n  \"instruction\": \"a ] \\\" }\",\n  \"output\": \"b\"\n },\n {\n  \"instruction\": \"c\",\n  \"extra\": [1, {\"x\": null}]\n }\n]";
    private const string Lines = "{\"instruction\":\"a\"}\n{\"instruction\": \"b\"}\n";
    private const string Table = "instruction,output\n\"a, \"\"quoted\"\"\nline\",b\nc,\n";

    [TestCase(Array, DatasetFormat.JsonArray)]
    [TestCase(Lines, DatasetFormat.JsonLines)]
    [TestCase("{\n \"instruction\": \"a\"\n}\n", DatasetFormat.JsonObject)]
    [TestCase(Table, DatasetFormat.Csv)]
    public async Task AllRecords_WrittenAgain_AreTheFile(string text, DatasetFormat format)
    {
        using Dataset plain = await DatasetText.LoadAsync(text);
        using Dataset packed = await DatasetText.LoadAsync(DatasetText.Compress(text));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.Layout.Format, Is.EqualTo(format));
            Assert.That(await DatasetText.WriteAsync(plain, [.. Enumerable.Range(0, plain.Count)]), Is.EqualTo(text));
            Assert.That(await DatasetText.WriteAsync(packed, [.. Enumerable.Range(0, packed.Count)]), Is.EqualTo(text));
        }
    }

    [Test]
    public async Task Subset_OfEachContainer_KeepsTheBytesOfItsRecords()
    {
        using Dataset array = await DatasetText.LoadAsync(Array);
        using Dataset lines = await DatasetText.LoadAsync(Lines);
        using Dataset table = await DatasetText.LoadAsync(Table);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await DatasetText.WriteAsync(array, 1), Is.EqualTo("[\n {\n  \"instruction\": \"c\",\n  \"extra\": [1, {\"x\": null}]\n }\n]"));
            Assert.That(await DatasetText.WriteAsync(array), Is.EqualTo("[]"));
            Assert.That(await DatasetText.WriteAsync(lines, 1, 0), Is.EqualTo("{\"instruction\": \"b\"}\n{\"instruction\":\"a\"}\n"));
            Assert.That(await DatasetText.WriteAsync(table, 1), Is.EqualTo("instruction,output\nc,\n"));
        }
    }

    [Test]
    public async Task MarkBlankLinesAndCarriageReturns_AreNoPartOfRecords()
    {
        const string Text = "\uFEFF\r\n{\"a\":1}\r\n\r\n  {\"a\":2}  \r\n";

        using Dataset dataset = await DatasetText.LoadAsync(Text);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(dataset.Count, Is.EqualTo(2));
            Assert.That((await dataset.GetAsync(1)).Line, Is.EqualTo(4));
            Assert.That(await DatasetText.WriteAsync(dataset, 1), Is.EqualTo("{\"a\":2}\r\n"));
        }
    }

    [Test]
    public async Task Fields_OfAnObject_AreTextInTheirOrder()
    {
        using Dataset dataset = await DatasetText.LoadAsync("[{\"b\": 1.50, \"a\": \"x\\u00e9\", \"c\": [1,  2], \"d\": null, \"e\": true, \"a\": \"last\"}]");

        RecordFields fields = (await dataset.GetAsync(0)).ReadFields();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fields.Names, Is.EqualTo((string[])["b", "a", "c", "e"]));
            Assert.That(fields.Names.Select(name => fields.TryGet(name, out string? text) ? text : null), Is.EqualTo((string[])["1.50", "last", "[1,  2]", "true"]));
        }
    }

    [TestCase("{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"r\"},{\"role\":\"user\",\"content\":\"q2\"}]}")]
    [TestCase("{\"conversations\":[{\"from\":\"system\",\"value\":\"s\"},{\"from\":\"human\",\"value\":\"q\"},{\"from\":\"gpt\",\"value\":\"r\"},{\"from\":\"human\",\"value\":\"q2\"}]}")]
    public async Task Conversation_OfEitherShape_AnswersToTheFieldsOfAnInstruction(string text)
    {
        using Dataset dataset = await DatasetText.LoadAsync(text);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await dataset.GetAsync(0)).ReadFields().Turns.Select(turn => turn.Content), Is.EqualTo((string[])["s", "q", "r", "q2"]));
            Assert.That(await DatasetText.FieldAsync(dataset, 0, "instruction"), Is.EqualTo("q\n\nq2"));
            Assert.That(await DatasetText.FieldAsync(dataset, 0, "output"), Is.EqualTo("r"));
            Assert.That(await DatasetText.FieldAsync(dataset, 0, "system"), Is.EqualTo("s"));
        }
    }

    [TestCase("", DatasetError.NoContent, 0)]
    [TestCase(" \n\r\n", DatasetError.NoContent, 0)]
    [TestCase("{\"a\":1}\n{\"a\":}\n", DatasetError.MalformedRecord, 2)]
    [TestCase("{\"a\":1\n{\"a\":2}\n", DatasetError.MalformedRecord, 1)]
    [TestCase("{\"a\":1}\n[1]\n", DatasetError.NotAnObject, 2)]
    [TestCase("{\"a\":1} {\"a\":2}\n", DatasetError.MalformedRecord, 1)]
    [TestCase("[\n {\"a\":1},\n 5]", DatasetError.NotAnObject, 3)]
    [TestCase("[\n {\"a\":1,\n  \"b\": x}\n]", DatasetError.MalformedRecord, 3)]
    [TestCase("[{\"a\":\"\\ud800\"}]", DatasetError.InvalidText, 1)]
    [TestCase("[{\"a\":1}", DatasetError.BrokenContainer, 1)]
    [TestCase("[{\"a\":1},]", DatasetError.BrokenContainer, 1)]
    [TestCase("[{\"a\":1} {}]", DatasetError.BrokenContainer, 1)]
    [TestCase("[{\"a\":", DatasetError.BrokenContainer, 1)]
    [TestCase("[]\n{}", DatasetError.BrokenContainer, 2)]
    [TestCase("{\n\"a\":1\n}\n{}", DatasetError.BrokenContainer, 4)]
    [TestCase("a,b\n1\n", DatasetError.RaggedRow, 2)]
    [TestCase("a,b\n1,2\n1,2,3\n", DatasetError.RaggedRow, 3)]
    [TestCase("a,b,a\n", DatasetError.DuplicateColumn, 1)]
    [TestCase("a,b\n1,\"x\ny\"z\n", DatasetError.MalformedRecord, 3)]
    [TestCase("a,b\n1,x\"y\"\n", DatasetError.MalformedRecord, 2)]
    [TestCase("a,b\n1,\"x\n", DatasetError.MalformedRecord, 2)]
    public async Task Content_ThatIsWrong_FailsWithItsReasonAndLine(string text, DatasetError reason, int line)
    {
        DatasetException error = await DatasetText.FailAsync(text);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Reason, Is.EqualTo(reason));
            Assert.That(error.Line, Is.EqualTo(line));
            Assert.That(error.File, Is.EqualTo("test"));
        }
    }

    [Test]
    public async Task MalformedRecord_SaysTheByte()
    {
        DatasetException error = await DatasetText.FailAsync("\uFEFF{\"a\":1}\n{\"a\":x}\n");

        // Three of the mark, eight of the first line, five up to the x.
        Assert.That(error.Offset, Is.EqualTo(3 + 8 + 5));
    }

    [TestCase("{\"a\":1}\nnothing\n[2]\n{\"a\":2}\n", 2)]
    [TestCase("[{\"a\":1}, 7, \"x\", {\"a\":bad}, {\"a\":2}]", 3)]
    [TestCase("a\n1\n2,3\n2\n", 1)]
    public async Task MalformedRecords_UnderSkip_AreLeftOutAndCounted(string text, int skipped)
    {
        using Dataset dataset = await DatasetText.LoadAsync(text, new DatasetOptions { Malformed = MalformedPolicy.Skip });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(dataset.Count, Is.EqualTo(2));
            Assert.That(dataset.Skipped, Is.EqualTo(skipped));
            Assert.That(await DatasetText.FieldAsync(dataset, 1, "a"), Is.EqualTo("2"));
        }
    }

    [Test]
    public async Task BytesThatAreNoText_AreRefused()
    {
        byte[] notUtf8 = [.. "{\"a\":\""u8, 0xFF, .. "\"}\n"u8];
        byte[] utf16 = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("[]")).ToArray();
        byte[] damaged = DatasetText.Compress(new string('a', 5000) + "\n1\n");
        damaged[12] ^= 0xFF;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => DatasetText.LoadAsync(notUtf8), Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(DatasetError.InvalidText));
            Assert.That(() => DatasetText.LoadAsync(utf16), Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(DatasetError.InvalidText));
            Assert.That(() => DatasetText.LoadAsync(damaged), Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(DatasetError.CorruptCompression));
        }
    }

    [TestCase(Array)]
    [TestCase(Lines)]
    [TestCase(Table)]
    public async Task IndexedDataset_GivesTheRecordsOfTheOneInMemory(string text)
    {
        using TestFolder folder = new();
        await File.WriteAllTextAsync(folder["data"], text);

        using Dataset memory = await Dataset.LoadAsync(folder["data"]);
        using Dataset indexed = await Dataset.IndexAsync(folder["data"]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(indexed.Count, Is.EqualTo(memory.Count));
            Assert.That(await DatasetText.WriteAsync(indexed, 1, 0, 1), Is.EqualTo(await DatasetText.WriteAsync(memory, 1, 0, 1)));
        }
    }

    [Test]
    public async Task IndexedDataset_OfAFileThatChanged_SaysSo()
    {
        using TestFolder folder = new();
        await File.WriteAllTextAsync(folder["data"], Lines);
        using Dataset dataset = await Dataset.IndexAsync(folder["data"]);

        await File.WriteAllTextAsync(folder["data"], "{}");

        Assert.That(async () => await dataset.GetAsync(1), Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(DatasetError.Changed));
    }

    [Test]
    public async Task IndexedDataset_OfACompressedFile_IsRefused()
    {
        using TestFolder folder = new();
        await File.WriteAllBytesAsync(folder["data"], DatasetText.Compress(Lines));

        Assert.That(() => Dataset.IndexAsync(folder["data"]), Throws.TypeOf<DatasetException>().With.Property("Reason").EqualTo(DatasetError.NotSeekable));
    }

    [Test]
    public async Task WrittenFile_ReplacesTheOldOne()
    {
        using TestFolder folder = new();
        await File.WriteAllTextAsync(folder["subset"], "old and longer than what is written now");
        using Dataset dataset = await DatasetText.LoadAsync(Lines);

        await dataset.WriteAsync(folder["subset"], [0]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await File.ReadAllTextAsync(folder["subset"]), Is.EqualTo("{\"instruction\":\"a\"}\n"));
            Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
        }
    }
}
