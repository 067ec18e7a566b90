namespace ModelRuntime.Tasks;

/// <summary>Reversal: <c>rev:abcde=</c> is <c>edcba</c>.</summary>
public sealed class ReverseTask : LetterTask
{
    /// <inheritdoc />
    public override string Name => "rev";

    /// <inheritdoc />
    public override string Answer(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return string.Create(input.Length, input, static (letters, source) =>
        {
            source.CopyTo(letters);
            letters.Reverse();
        });
    }
}
