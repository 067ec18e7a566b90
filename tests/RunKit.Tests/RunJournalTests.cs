using System.Text;
using ModelSdk.Testing;

namespace RunKit.Tests;

/// <summary>The journal, and what a kill, a disk or a hand may do to it.</summary>
public sealed class RunJournalTests
{
    private static readonly Step[] Steps = [new("first", 1), new("line\nbreak \"quoted\" ü", 2), new("third", 3)];

    private readonly TestFolder _folder = new();

    private string FilePath => _folder["journal.jsonl"];

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Open_AfterAppends_HasTheRecordsInOrder()
    {
        Write(Steps);
        using RunJournal<Step> journal = Open();
        Assert.That(journal.Records, Is.EqualTo(Steps));
    }

    [Test]
    public void Append_AfterReopening_Continues()
    {
        Write(Steps[..1]);
        Write(Steps[1..]);
        using RunJournal<Step> journal = Open();
        Assert.That(journal.Records, Is.EqualTo(Steps));
    }

    [Test]
    public void Open_OfAFileCutAnywhere_HasTheRecordsBeforeTheCut_AndContinues()
    {
        Write(Steps);
        byte[] whole = File.ReadAllBytes(FilePath);
        int header = Array.IndexOf(whole, (byte)'\n') + 1;
        using (Assert.EnterMultipleScope())
        {
            for (int length = 0; length < whole.Length; length++)
            {
                File.WriteAllBytes(FilePath, whole[..length]);
                int complete = length < header ? 0 : whole[header..length].Count(value => value == (byte)'\n');
                using (RunJournal<Step> journal = Open())
                {
                    Assert.That(journal.Records, Is.EqualTo(Steps[..complete]), $"cut at {length}");
                    journal.Append(Steps[2]);
                }

                using RunJournal<Step> again = Open();
                Assert.That(again.Records, Is.EqualTo([.. Steps[..complete], Steps[2]]), $"continued at {length}");
            }
        }
    }

    [Test]
    public void Open_OfAFileChangedBeforeItsLastLine_IsRefused_WithThePlace()
    {
        Write(Steps);
        byte[] whole = File.ReadAllBytes(FilePath);
        int last = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < last; i++)
            {
                byte[] changed = [.. whole];
                changed[i] ^= 1;
                File.WriteAllBytes(FilePath, changed);
                JournalException error = Assert.Throws<JournalException>(() => Open().Dispose(), $"byte {i}")!;
                Assert.That(error.Error, Is.EqualTo(JournalError.Corrupt), $"byte {i}");
                Assert.That(error.Offset, Is.EqualTo(LineStart(whole, i)), $"byte {i}");
            }
        }
    }

    [Test]
    public void Open_OfAFileWhoseLastLineIsChanged_CutsItOff()
    {
        Write(Steps);
        byte[] whole = File.ReadAllBytes(FilePath);
        whole[^3] ^= 1;
        File.WriteAllBytes(FilePath, whole);
        using RunJournal<Step> journal = Open();
        Assert.That(journal.Records, Is.EqualTo(Steps[..2]));
    }

    [Test]
    public void Open_OfAFileWithALineMissingOrMovedOrTwice_IsRefused()
    {
        Write(Steps);
        string[] lines = File.ReadAllLines(FilePath);
        using (Assert.EnterMultipleScope())
        {
            foreach (string[] changed in (string[][])[[lines[0], lines[2], lines[3]], [lines[0], lines[2], lines[1], lines[3]], [.. lines, lines[3]], lines[1..]])
            {
                File.WriteAllText(FilePath, string.Join('\n', changed) + "\n");
                Assert.That(() => Open().Dispose(), Throws.TypeOf<JournalException>().With.Property(nameof(JournalException.Error)).EqualTo(JournalError.Corrupt));
            }
        }
    }

    [Test]
    public void Open_OfAnotherRun_IsRefused_AndNothingIsChanged()
    {
        Write(Steps);
        byte[] before = File.ReadAllBytes(FilePath);
        JournalException error = Assert.Throws<JournalException>(() => RunJournal.Open(FilePath, "run 2", StepJson.Default.Step))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(JournalError.OtherRun));
            Assert.That(error.Message, Does.Contain("'run 1'").And.Contain("'run 2'"));
            Assert.That(File.ReadAllBytes(FilePath), Is.EqualTo(before));
        }
    }

    [TestCase("hello")]
    [TestCase("hello\nworld\n")]
    [TestCase("\n")]
    public void Open_OfAnotherFile_IsRefused_AndNothingIsChanged(string content)
    {
        File.WriteAllText(FilePath, content);
        JournalException error = Assert.Throws<JournalException>(() => Open())!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(JournalError.NotAJournal));
            Assert.That(File.ReadAllText(FilePath), Is.EqualTo(content));
        }
    }

    [Test]
    public void Open_WhileAnotherHasIt_IsRefused()
    {
        using RunJournal<Step> journal = Open();
        Assert.That(() => Open(), Throws.TypeOf<JournalException>().With.Property(nameof(JournalException.Error)).EqualTo(JournalError.InUse));
    }

    [Test]
    public void Append_FromManyThreads_RecordsEachOnce()
    {
        using (RunJournal<Step> journal = Open())
        {
            Parallel.For(0, 32, number => journal.Append(new Step("step", number)));
        }

        using RunJournal<Step> again = Open();
        Assert.That(again.Records.Select(step => step.Number), Is.EquivalentTo(Enumerable.Range(0, 32)));
    }

    [Test]
    public void Open_OfRecordsOfAnotherKind_IsRefused()
    {
        byte[] record = Encoding.UTF8.GetBytes("[1]");
        Write([]);
        File.AppendAllText(FilePath, Encoding.UTF8.GetString(JournalLine.Format(1, record)));
        Assert.That(() => Open(), Throws.TypeOf<JournalException>().With.Property(nameof(JournalException.Error)).EqualTo(JournalError.NotAJournal));
    }

    private static int LineStart(byte[] content, int at) => at == 0 ? 0 : Array.LastIndexOf(content, (byte)'\n', at - 1) + 1;

    private RunJournal<Step> Open() => RunJournal.Open(FilePath, "run 1", StepJson.Default.Step);

    private void Write(IEnumerable<Step> steps)
    {
        using RunJournal<Step> journal = Open();
        foreach (Step step in steps)
        {
            journal.Append(step);
        }
    }
}
