namespace ModelRuntime.Tasks;

/// <summary>Sorting: <c>srt:hebca=</c> is <c>abceh</c>.</summary>
public sealed class SortTask : LetterTask
{
    /// <inheritdoc />
    public override string Name => "srt";

    /// <inheritdoc />
    public override string Answer(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return string.Create(input.Length, input, static (letters, source) =>
        {
            source.CopyTo(letters);
            letters.Sort();
        });
    }
}
