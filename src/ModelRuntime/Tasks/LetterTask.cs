namespace ModelRuntime.Tasks;

/// <summary>A task on five letters from a to j.</summary>
public abstract class LetterTask : StringTask
{
    /// <summary>The number of letters of an input.</summary>
    public const int Length = 5;

    /// <summary>The number of letters to choose from.</summary>
    public const int AlphabetSize = 10;

    /// <inheritdoc />
    public override int InputCount => 100_000;

    /// <inheritdoc />
    /// <remarks>The index's decimal digits, 0 as a and 9 as j.</remarks>
    public override string InputAt(int index) => string.Create(Length, index, static (letters, rest) =>
    {
        for (int i = letters.Length - 1; i >= 0; i--)
        {
            letters[i] = (char)('a' + (rest % AlphabetSize));
            rest /= AlphabetSize;
        }
    });
}
