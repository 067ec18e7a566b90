namespace DataShapley.Datasets;

/// <summary>How records follow each other.</summary>
public enum DatasetFormat
{
    /// <summary>The elements of one JSON array.</summary>
    JsonArray,

    /// <summary>A JSON object a line.</summary>
    JsonLines,

    /// <summary>One JSON object over several lines.</summary>
    JsonObject,

    /// <summary>Rows of a table with a header (RFC 4180).</summary>
    Csv,
}
