"""The simulated company: countries and their names, departments, and the groups that license people."""

from dataclasses import dataclass

from core.simulator.catalog import COPILOT, E3, E5, EMS_E3, ENTRA_P2, F3, POWER_BI_PRO, PROJECT, VISIO


@dataclass(frozen=True, kw_only=True)
class Country:
    """A place of work. `weight` is its share of the people; the names are those that are common there."""

    name: str
    code: str
    weight: int
    company: str
    offices: tuple[str, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COUNTRIES = (
    Country(
        name="United States",
        code="US",
        weight=26,
        company="Contoso Inc.",
        offices=("Chicago", "Austin", "Seattle"),
        given=_words(
            "Olivia James Sophia Michael Ethan Jasmine Tyrone Emily Daniel Aaliyah Grace Marcus Hannah "
            "Logan Kiara "
            "Andre Megan Carlos Brooke Xavier"
        ),
        family=_words(
            "Johnson Williams Brown Garcia Miller Davis Rodriguez Washington Nguyen Jackson Thompson "
            "Robinson Lewis "
            "Walker Hernandez Kim Adams Baker Carter Sullivan O'Connor"
        ),
    ),
    Country(
        name="United Kingdom",
        code="GB",
        weight=14,
        company="Contoso UK Ltd",
        offices=("London", "Manchester"),
        given=_words(
            "Amelia Oliver Isla Harry Imogen Rhys Priya Callum Niamh Alfie Zainab Fraser Poppy Tunde "
            "Beatrice "
            "Mohammed Siân Ewan"
        ),
        family=_words(
            "Smith Jones Taylor Evans Patel Hughes Campbell Okafor Khan Wright MacDonald Fletcher Ahmed "
            "Llewellyn "
            "Turner O'Brien Begum Stewart"
        ),
    ),
    Country(
        name="Germany",
        code="DE",
        weight=14,
        company="Contoso GmbH",
        offices=("München", "Berlin"),
        given=_words(
            "Anna Lukas Leonie Jürgen Mehmet Katharina Sven Björn Aylin Heike Matthias Jana Torsten Emine "
            "Günter "
            "Franziska"
        ),
        family=_words(
            "Müller Schmidt Schneider Fischer Yılmaz Weber Groß Köhler Wagner Becker Schäfer Demir Krause "
            "Vogel "
            "Lehmann Böhm"
        ),
    ),
    Country(
        name="France",
        code="FR",
        weight=8,
        company="Contoso France SAS",
        offices=("Paris", "Lyon"),
        given=_words(
            "Camille Léa Hugo François Élodie Youssef Manon Théo Aïcha Benoît Chloé Mathieu Inès Gaëlle"
        ),
        family=_words(
            "Martin Bernard Dubois Lefèvre Moreau Benali Girard Rousseau Haddad Faure Mercier Traoré Gauthier"
        ),
    ),
    Country(
        name="India",
        code="IN",
        weight=14,
        company="Contoso India Pvt Ltd",
        offices=("Bengaluru", "Pune"),
        given=_words(
            "Aarav Ananya Rohan Lakshmi Vikram Fatima Karthik Meera Arjun Divya Harpreet Sanjay Nandini "
            "Imran "
            "Sunita Rahul"
        ),
        family=_words(
            "Sharma Iyer Reddy Singh Gupta Khan Nair Banerjee Joshi Das Chaudhary Menon Kulkarni Rao Pillai "
            "Mehta"
        ),
    ),
    Country(
        name="Brazil",
        code="BR",
        weight=7,
        company="Contoso Brasil Ltda",
        offices=("São Paulo", "Curitiba"),
        given=_words("Ana João Beatriz Thiago Larissa Rafael Juliana Luís Fernanda Caio Patrícia Renato"),
        family=_words(
            "Silva Santos Oliveira Souza Pereira Gonçalves Araújo Ribeiro Tanaka Conceição Barbosa"
        ),
    ),
    Country(
        name="Japan",
        code="JP",
        weight=6,
        company="Contoso Japan KK",
        offices=("Tokyo",),
        given=_words("Haruto Yui Sota Hina Kenji Aoi Takumi Sakura Naoki Emi Ren Yuko"),
        family=_words("Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato"),
    ),
    Country(
        name="Poland",
        code="PL",
        weight=6,
        company="Contoso Polska Sp. z o.o.",
        offices=("Kraków",),
        given=_words("Zofia Jakub Małgorzata Piotr Agnieszka Łukasz Ewa Paweł Oksana Tomasz"),
        family=_words("Nowak Kowalska Wiśniewski Wójcik Kamińska Zieliński Szymańska Shevchenko Dąbrowski"),
    ),
    Country(
        name="South Africa",
        code="ZA",
        weight=5,
        company="Contoso SA (Pty) Ltd",
        offices=("Cape Town",),
        given=_words("Thabo Lerato Sipho Anele Johan Nomvula Pieter Ayesha Kagiso Zanele"),
        family=_words("Dlamini Nkosi Botha Naidoo Merwe Mokoena Khumalo Pillay Jacobs"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Department:
    """A department: its share of the people, their titles, and the license they normally work with."""

    name: str
    weight: int
    cost_center: str
    titles: tuple[str, ...]
    suite: str


DEPARTMENTS = (
    Department(
        name="Sales",
        weight=16,
        cost_center="CC-2100",
        titles=("Account Executive", "Sales Engineer", "Sales Operations Analyst"),
        suite=E3,
    ),
    Department(
        name="Marketing",
        weight=7,
        cost_center="CC-2200",
        titles=("Campaign Specialist", "Content Designer", "Brand Analyst"),
        suite=E3,
    ),
    Department(
        name="Engineering",
        weight=18,
        cost_center="CC-3100",
        titles=("Software Engineer", "Senior Engineer", "Test Engineer", "Product Designer"),
        suite=E3,
    ),
    Department(
        name="Manufacturing",
        weight=18,
        cost_center="CC-4100",
        titles=("Machine Operator", "Shift Lead", "Quality Technician"),
        suite=F3,
    ),
    Department(
        name="Retail",
        weight=12,
        cost_center="CC-4200",
        titles=("Store Associate", "Store Supervisor", "Stock Clerk"),
        suite=F3,
    ),
    Department(
        name="Finance",
        weight=7,
        cost_center="CC-1100",
        titles=("Accountant", "Financial Analyst", "Payroll Specialist"),
        suite=E5,
    ),
    Department(
        name="Human Resources",
        weight=5,
        cost_center="CC-1200",
        titles=("HR Business Partner", "Recruiter", "Learning Specialist"),
        suite=E3,
    ),
    Department(
        name="IT",
        weight=7,
        cost_center="CC-1300",
        titles=("Systems Administrator", "Service Desk Analyst", "Cloud Engineer"),
        suite=E5,
    ),
    Department(
        name="Legal",
        weight=3,
        cost_center="CC-1400",
        titles=("Counsel", "Paralegal", "Contract Manager"),
        suite=E5,
    ),
    Department(
        name="Operations",
        weight=7,
        cost_center="CC-4300",
        titles=("Logistics Planner", "Buyer", "Facilities Coordinator"),
        suite=E3,
    ),
)
EXECUTIVE = Department(
    name="Executive", weight=0, cost_center="CC-1000", titles=("Vice President",), suite=E5
)


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group, and the license types that its members inherit."""

    key: str
    display_name: str
    skus: tuple[str, ...]
    dynamic_rule: str | None = None
    synced: bool = False
    mail_enabled: bool = False
    unified: bool = False
    role_assignable: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DirectoryRole:
    """A role of the directory; its id is that of Microsoft's template, the same in every tenant."""

    id: str
    display_name: str


ROLES = {
    "global-administrator": DirectoryRole(
        id="62e90394-69f5-4237-9190-012177145e10", display_name="Global Administrator"
    ),
    "user-administrator": DirectoryRole(
        id="fe930be7-5e62-47db-91af-98c3a49a38b1", display_name="User Administrator"
    ),
    "exchange-administrator": DirectoryRole(
        id="29232cdf-9323-42fd-ade2-1d097af3e4de", display_name="Exchange Administrator"
    ),
    "directory-readers": DirectoryRole(
        id="88d8e3e3-8f55-4a1e-953a-9b9898b8876b", display_name="Directory Readers"
    ),
}

GROUPS = {
    group.key: group
    for group in (
        Group(key="e3", display_name="LIC Microsoft 365 E3", skus=(E3,)),
        Group(key="e3-projects", display_name="LIC Microsoft 365 E3 Project Staff", skus=(E3,)),
        Group(key="e5", display_name="LIC Microsoft 365 E5", skus=(E5,)),
        Group(key="e5-synced", display_name="GG-M365-E5-Legal", skus=(E5,), synced=True),
        Group(key="f3", display_name="LIC Microsoft 365 F3 Factory", skus=(F3,)),
        Group(
            key="f3-dynamic",
            display_name="LIC Microsoft 365 F3 Retail",
            skus=(F3,),
            dynamic_rule='(user.department -eq "Retail") and (user.accountEnabled -eq true)',
        ),
        Group(
            key="power-bi-mail",
            display_name="Sales Reporting",
            skus=(POWER_BI_PRO,),
            mail_enabled=True,
        ),
        Group(key="planning-tools", display_name="LIC Project and Visio", skus=(PROJECT, VISIO)),
        Group(
            key="copilot-team", display_name="Copilot Pilot", skus=(COPILOT,), mail_enabled=True, unified=True
        ),
        Group(
            key="privileged",
            display_name="Privileged Administrators",
            skus=(ENTRA_P2,),
            role_assignable=True,
            roles=("global-administrator",),
        ),
        Group(key="mobility", display_name="LIC Enterprise Mobility", skus=(EMS_E3,)),
        Group(key="everyone", display_name="All Employees", skus=()),
    )
}
