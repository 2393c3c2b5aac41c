using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace NexusCart.Tests.Sidecar.Workflows;

/// <summary>Writes the public surface of an assembly as WORKFLOW-PUBLIC-API.txt has it: a line per type, indented lines for its members.</summary>
internal static partial class PublicSurface
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(double)] = "double",
    };

    private static readonly HashSet<string> GeneratedForRecords =
        ["Equals", "GetHashCode", "ToString", "PrintMembers", "<Clone>$", "op_Equality", "op_Inequality"];

    /// <summary>The exported types by <c>[namespace] name</c>, each with its members.</summary>
    public static Dictionary<string, HashSet<string>> Of(Assembly assembly) =>
        assembly.GetExportedTypes().ToDictionary(Heading, MembersOf);

    /// <summary>Reads the recorded surface of assemblies; what a heading says beside the name is left out.</summary>
    public static Dictionary<string, HashSet<string>> Read(string file, params string[] assemblies)
    {
        var types = new Dictionary<string, HashSet<string>>();
        var members = new HashSet<string>();
        var isWanted = false;
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith("########", StringComparison.Ordinal))
                isWanted = assemblies.Contains(line[9..]);
            else if (isWanted && line.TrimStart().StartsWith('['))
                types.Add(HeadingIn(line), members = []);
            else if (isWanted && !line.TrimStart().StartsWith('@'))
                members.Add(TypeParameterMark().Replace(line.Trim().Replace("  //ext", "", StringComparison.Ordinal), "$1"));
        }

        return types;
    }

    [GeneratedRegex(@"\b(T|TInput|TOutput|TResult)\?")]
    private static partial Regex TypeParameterMark();

    private static string HeadingIn(string line)
    {
        var text = line.Trim();
        var space = text[..(text.IndexOf(']', StringComparison.Ordinal) + 1)];
        var words = text[(space.Length + 1)..].Split(' ');
        var at = Array.FindIndex(words, word => word is "class" or "interface" or "enum" or "struct" or "record");
        if (words[at] == "record" && words[at + 1] == "struct")
            at++;
        return $"{space} {words[at + 1]}";
    }

    private static string Heading(Type type) => $"[{type.Namespace}] {NameOf(type)}";

    private static HashSet<string> MembersOf(Type type)
    {
        var isRecord = type.GetMethod("<Clone>$") is not null
            || type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly) is not null;
        var lines = new HashSet<string>();
        const BindingFlags Declared =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var member in type.GetMembers(Declared))
        {
            var line = member switch
            {
                FieldInfo field when field.IsPublic => FieldLine(type, field),
                PropertyInfo property when IsVisible(property.GetMethod) => PropertyLine(property),
                ConstructorInfo constructor when IsVisible(constructor) && !constructor.IsStatic =>
                    $"{Access(constructor)}{BareName(type)}({Parameters(constructor)});",
                MethodInfo method when IsVisible(method) && (!method.IsSpecialName || method.Name == "op_Implicit")
                    && !(isRecord && GeneratedForRecords.Contains(method.Name)) && method.Name is not ("ToString" or "Finalize") =>
                    MethodLine(method),
                _ => null,
            };
            if (line is not null)
                lines.Add(line);
        }

        // A value type's constructor without parameters is not in its metadata.
        if (type is { IsValueType: true, IsEnum: false })
            lines.Add($"public {BareName(type)}();");
        return lines;
    }

    private static bool IsVisible(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true };

    private static string FieldLine(Type type, FieldInfo field) => type.IsEnum
        ? field.IsStatic
            ? $"public const {NameOf(type)} {field.Name}; = {Convert.ToInt32(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"
            : "public int value__; ="
        : $"public {TypeOf(field.FieldType, new NullabilityInfoContext().Create(field))} {field.Name};";

    private static string PropertyLine(PropertyInfo property)
    {
        var setter = property.SetMethod;
        var set = setter switch
        {
            null => "",
            _ when setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) => " init;",
            _ => " set;",
        };
        var type = TypeOf(property.PropertyType, new NullabilityInfoContext().Create(property));
        return $"{Access(property.GetMethod!)}{Modifiers(property.GetMethod!)}{type} {property.Name} {{ get;{set} }}";
    }

    private static string MethodLine(MethodInfo method)
    {
        var result = TypeOf(method.ReturnType, new NullabilityInfoContext().Create(method.ReturnParameter));
        var generic = method.IsGenericMethod ? $"<{string.Join(",", method.GetGenericArguments().Select(static argument => argument.Name))}>" : "";
        var self = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        var name = method.Name == "op_Implicit" ? $"implicit operator {result}" : method.Name + generic;
        return $"{Access(method)}{Modifiers(method)}{result} {name}({self}{Parameters(method)});";
    }

    private static string Access(MethodBase method) =>
        method.DeclaringType!.IsInterface ? "" : method.IsFamily ? "protected " : "public ";

    private static string Modifiers(MethodBase method) => method switch
    {
        _ when method.DeclaringType!.IsInterface => "",
        { IsStatic: true } => "static ",
        { IsAbstract: true } => "abstract ",
        MethodInfo { IsVirtual: true, IsFinal: false } overriding when overriding.GetBaseDefinition() != overriding => "override ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(ParameterOf));

    private static string ParameterOf(ParameterInfo parameter)
    {
        var type = parameter.IsOut ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        var text = TypeOf(type, new NullabilityInfoContext().Create(parameter));
        return $"{(parameter.IsOut ? "out " : "")}{text} {parameter.Name}{DefaultOf(parameter)}";
    }

    private static string DefaultOf(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue)
            return "";
        var type = parameter.ParameterType;
        return "=" + parameter.DefaultValue switch
        {
            null when type is { IsValueType: true } && Nullable.GetUnderlyingType(type) is null => $"default({NameOf(type)})",
            null => "null",
            var value when type.IsEnum => $"{type.Name}.{Enum.ToObject(type, value)}",
            bool flag => flag ? "true" : "false",
            double number => number.ToString("0.0", CultureInfo.InvariantCulture),
            var value => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
    }

    private static string TypeOf(Type type, NullabilityInfo nullability)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return NameOf(underlying) + "?";
        // Reflection cannot tell T from T? of a type parameter without constraints.
        var mark = type is { IsValueType: false, IsGenericParameter: false } && nullability.ReadState == NullabilityState.Nullable ? "?" : "";
        if (!type.IsGenericType)
            return type.IsArray ? $"{NameOf(type.GetElementType()!)}[]{mark}" : NameOf(type) + mark;
        var arguments = type.GetGenericArguments().Zip(nullability.GenericTypeArguments, TypeOf);
        return $"{BareName(type)}<{string.Join(",", arguments)}>{mark}";
    }

    private static string NameOf(Type type) => Keywords.TryGetValue(type, out var keyword)
        ? keyword
        : type.IsGenericType
            ? $"{BareName(type)}<{string.Join(",", type.GetGenericArguments().Select(NameOf))}>"
            : type.IsArray ? NameOf(type.GetElementType()!) + "[]" : type.Name;

    private static string BareName(Type type) => type.Name.Split('`')[0];
}
