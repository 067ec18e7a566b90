namespace DataShapley.Datasets;

/// <summary>The ways in which a data set can be wrong.</summary>
public enum DatasetError
{
    /// <summary>There is nothing but white space.</summary>
    NoContent,

    /// <summary>The text is not UTF-8, or a JSON string is half a surrogate pair.</summary>
    InvalidText,

    /// <summary>The gzip stream is damaged.</summary>
    CorruptCompression,

    /// <summary>The array, or what follows it, is not JSON: where its records end cannot be told.</summary>
    BrokenContainer,

    /// <summary>A record is not JSON, or a row of a table has a quote out of place.</summary>
    MalformedRecord,

    /// <summary>A record is JSON, but not an object.</summary>
    NotAnObject,

    /// <summary>A record is longer than the options allow.</summary>
    RecordTooLong,

    /// <summary>A row has more or fewer fields than the header.</summary>
    RaggedRow,

    /// <summary>Two columns of the header have one name.</summary>
    DuplicateColumn,

    /// <summary>A column that is asked for is not there.</summary>
    MissingColumn,

    /// <summary>A field that must be a number is none.</summary>
    NotANumber,

    /// <summary>A number is NaN or infinite.</summary>
    NotFinite,

    /// <summary>A row has no label.</summary>
    MissingLabel,

    /// <summary>The data set is of another format than is asked for.</summary>
    UnexpectedFormat,

    /// <summary>Records cannot be read by their place: the file is compressed.</summary>
    NotSeekable,

    /// <summary>The file is not the one that was indexed.</summary>
    Changed,
}
