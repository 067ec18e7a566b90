namespace RunKit.Tests;

/// <summary>Commands with places to fill.</summary>
public sealed class CommandTemplateTests
{
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal) { ["out"] = "a b\"; rm -rf /", ["round"] = "3", ["none"] = string.Empty };

    [TestCase("python train.py --out {out}", "python|train.py|--out|a b\"; rm -rf /")]
    [TestCase("run --out={out}/{round}", "run|--out=a b\"; rm -rf //3")]
    [TestCase("  run\t'a b'  \"c d\" e'f'g  ", "run|a b|c d|efg")]
    [TestCase("run \"it's\" 'say \"hi\"' ''", "run|it's|say \"hi\"|")]
    [TestCase(@"C:\bin\train.exe {none} {{round}}", @"C:\bin\train.exe||{round}")]
    [TestCase("{round}/bin x", "3/bin|x")]
    public void Fill_OfACommand_GivesItsArguments(string command, string expected) =>
        Assert.That(CommandTemplate.Parse(command).Fill(Values), Is.EqualTo(expected.Split('|')));

    [TestCase("")]
    [TestCase("   ")]
    [TestCase("''")]
    [TestCase("run 'a")]
    [TestCase("run {out")]
    [TestCase("run out}")]
    [TestCase("run {}")]
    [TestCase("run {a b}")]
    public void Parse_OfWhatIsNoCommand_IsRefused(string command) => Assert.That(() => CommandTemplate.Parse(command), Throws.TypeOf<FormatException>());

    [Test]
    public void Fill_WithoutAValue_NamesThePlaceAndWhatThereIs() =>
        Assert.That(() => CommandTemplate.Parse("run {seed}").Fill(Values), Throws.ArgumentException.With.Message.Contains("{seed}").And.Message.Contains("{out}, {round}"));

    [Test]
    public void Places_AreNamedOnce() => Assert.That(CommandTemplate.Parse("run {a} {b}{a}").Places, Is.EquivalentTo(["a", "b"]));
}
