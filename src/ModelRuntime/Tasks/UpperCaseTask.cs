namespace ModelRuntime.Tasks;

/// <summary>Upper case: <c>upr:fadcb=</c> is <c>FADCB</c>.</summary>
public sealed class UpperCaseTask : LetterTask
{
    /// <inheritdoc />
    public override string Name => "upr";

    /// <inheritdoc />
    public override string Answer(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.ToUpperInvariant();
    }
}
