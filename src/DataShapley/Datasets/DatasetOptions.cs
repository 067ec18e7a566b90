namespace DataShapley.Datasets;

/// <summary>How a data set is read.</summary>
public sealed record DatasetOptions
{
    /// <summary>Gets what becomes of records that cannot be read.</summary>
    /// <value><see cref="MalformedPolicy.Throw"/> by default.</value>
    public MalformedPolicy Malformed { get; init; }

    /// <summary>Gets the most bytes of one record; no more than twice as many are held.</summary>
    /// <value>From 16 to 2²⁹; 64 MiB by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside its range.</exception>
    public int MaximumRecordLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 16);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 29);
            field = value;
        }
    } = 64 << 20;

    /// <summary>Gets what separates the fields of a table.</summary>
    /// <value>An ASCII character, neither a quote nor a line break; a comma by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">The character cannot separate fields.</exception>
    public char Delimiter
    {
        get;
        init
        {
            if (!char.IsAscii(value) || value is '"' or '\r' or '\n')
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "Fields are separated by an ASCII character that is neither a quote nor a line break.");
            }

            field = value;
        }
    } = ',';
}
