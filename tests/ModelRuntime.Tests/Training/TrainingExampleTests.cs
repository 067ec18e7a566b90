using ModelRuntime.Tokenizers;
using ModelRuntime.Training;

namespace ModelRuntime.Tests.Training;

/// <summary>What an example asks a model to learn.</summary>
public sealed class TrainingExampleTests
{
    [Test]
    public void FromText_OfPromptAndAnswer_LearnsAnswerAndEnd()
    {
        TrainingExample example = TrainingExample.FromText(new PairTokenizer(1, 2), "x=", "yz");
        int[] labels = new int[6];
        example.WriteLabels(labels);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(example.Tokens.ToArray(), Is.EqualTo([1, 'x', '=', 'y', 'z', 2]));
            Assert.That(example.FirstAnswer, Is.EqualTo(3));
            Assert.That(example.LabelCount, Is.EqualTo(3));
            Assert.That(labels, Is.EqualTo([-1, -1, 'y', 'z', 2, -1]));
        }
    }

    [Test]
    public void FromText_WithoutSpecialTokens_AddsNone()
    {
        TrainingExample example = TrainingExample.FromText(new PairTokenizer(null, null), "x", "y");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(example.Tokens.ToArray(), Is.EqualTo(['x', 'y']));
            Assert.That(example.FirstAnswer, Is.EqualTo(1));
        }
    }

    [Test]
    public void FromText_WithATokenOfBoth_LearnsIt()
    {
        // The tokenizer makes "ab" one token, 300: the prompt alone would end in "a".
        TrainingExample example = TrainingExample.FromText(new PairTokenizer(1, 2), "xa", "b");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(example.Tokens.ToArray(), Is.EqualTo([1, 'x', 300, 2]));
            Assert.That(example.FirstAnswer, Is.EqualTo(2));
        }
    }

    [Test]
    public void FromText_WhereTextsBeginWithNothing_AddsNoBeginToken()
    {
        // The tokenizer knows a token that begins sequences and does not put it there, as GPT-2's.
        TrainingExample example = TrainingExample.FromText(new PairTokenizer(1, 2, []), "x=", "y");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(example.Tokens.ToArray(), Is.EqualTo(['x', '=', 'y', 2]));
            Assert.That(example.FirstAnswer, Is.EqualTo(2));
        }
    }

    [Test]
    public void FromText_WhereTextsBeginWithSeveralTokens_AddsAll()
    {
        TrainingExample example = TrainingExample.FromText(new PairTokenizer(1, 2, [1, 7]), "x=", "y");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(example.Tokens.ToArray(), Is.EqualTo([1, 7, 'x', '=', 'y', 2]));
            Assert.That(example.FirstAnswer, Is.EqualTo(4));
        }
    }

    [TestCase("", "y")]
    [TestCase("x", "")]
    public void FromText_WithNothingToBeginFromOrToLearn_Throws(string prompt, string answer) =>
        Assert.That(() => TrainingExample.FromText(new PairTokenizer(null, null), prompt, answer), Throws.ArgumentException);

    [Test]
    public void FromText_OfAnEmptyPrompt_LearnsAllButTheBeginning() =>
        Assert.That(TrainingExample.FromText(new PairTokenizer(1, 2), "", "y").FirstAnswer, Is.EqualTo(1));

    [Test]
    public void WriteLabels_OfAWholeText_ShiftsByOne()
    {
        int[] labels = new int[3];
        new TrainingExample((int[])[5, 6, 7]).WriteLabels(labels);
        Assert.That(labels, Is.EqualTo([6, 7, -1]));
    }

    [Test]
    public void WriteLabels_OfAnotherLength_Throws() =>
        Assert.That(() => new TrainingExample((int[])[5, 6, 7]).WriteLabels(new int[2]), Throws.ArgumentException);

    [TestCase(0)]
    [TestCase(3)]
    public void Create_WithoutATokenBeforeOrToLearn_Throws(int firstAnswer) =>
        Assert.That(() => new TrainingExample((int[])[5, 6, 7], firstAnswer), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Create_OfOneToken_Throws() => Assert.That(() => new TrainingExample((int[])[5]), Throws.ArgumentException);

    [Test]
    public void Create_FromAnArray_KeepsItsOwnCopy()
    {
        int[] tokens = [5, 6];
        TrainingExample example = new(tokens);
        tokens[0] = 9;
        Assert.That(example.Tokens.Span[0], Is.EqualTo(5));
    }

    /// <summary>Characters, but for "ab", which is one token.</summary>
    private sealed class PairTokenizer(int? begin, int? end, int[]? prefix = null) : ITokenizer
    {
        public int VocabularySize => 301;

        public int? BeginToken => begin;

        public int? EndToken => end;

        public int? PadToken => null;

        public IReadOnlyList<int> PrefixTokens => prefix ?? [.. new[] { begin }.OfType<int>()];

        public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true) =>
            addSpecialTokens ? throw new NotSupportedException("Special tokens are the example's business.") : [.. text.Replace("ab", "\u012c", StringComparison.Ordinal).Select(c => (int)c)];

        public string Decode(IReadOnlyList<int> tokens, bool skipSpecialTokens = true) => throw new NotSupportedException("Nothing is decoded.");
    }
}
