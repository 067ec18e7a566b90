namespace ModelAggregation.Tool.Tests;

public sealed class ByteSizeTests
{
    [TestCase("1", 1L)]
    [TestCase("1000", 1000L)]
    [TestCase("256MB", 256_000_000L)]
    [TestCase("5gb", 5_000_000_000L)]
    [TestCase("1.5 KiB", 1536L)]
    [TestCase("2GiB", 2L << 30)]
    [TestCase("3k", 3000L)]
    [TestCase("7B", 7L)]
    public void TryParse_ReadsSizes(string text, long expected)
    {
        Assert.That(ByteSize.TryParse(text, out long bytes), Is.True);
        Assert.That(bytes, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("MB")]
    [TestCase("-1")]
    [TestCase("0")]
    [TestCase("0.4")]
    [TestCase("1e3")]
    [TestCase("NaN")]
    [TestCase("12 apples")]
    [TestCase("99999999TB")]
    public void TryParse_RefusesWhatIsNoSize(string text) => Assert.That(ByteSize.TryParse(text, out _), Is.False);

    [TestCase(999, "999 B")]
    [TestCase(658_752, "659 kB")]
    [TestCase(1_234_567, "1.23 MB")]
    [TestCase(56_780_000_000, "56.8 GB")]
    public void Format_WritesThreeDigits(double bytes, string expected) => Assert.That(ByteSize.Format(bytes), Is.EqualTo(expected));
}
